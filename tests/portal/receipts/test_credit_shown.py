"""Credit that is left, as the customer and the staff see it."""

from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.contracts.queries.reading import load_contract
from portal.invoices.models import Invoice
from portal.invoices.operations.crediting import issue_credit_note
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.queries.credit import CreditLeft, list_credit
from portal.receipts.models.payment import Payment
from portal.receipts.operations.credit import give_discount
from portal.receipts.operations.returning import Asked, take_payment_back
from portal.receipts.rules.receiving import CreditReason, Payer
from portal.receipts.rules.returning import ReturnCause
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.overdue import active
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

TENTH = at_sao_paulo(date(2026, 7, 10), 12)
ELEVENTH = at_sao_paulo(date(2026, 7, 11), 12)
TWICE = "Pagamento de R$ 250,00 por Pix em 11/07/2026 para a fatura 000002, que já estava paga"


def issue(session: Session, house: House) -> Invoice:
    """199,90 due on 15/07/2026, invoice 000002 of the house's only contract."""
    contract = load_contract(session, active(session, house).id)
    return issue_installment(session, contract=contract, number=2, now=at_sao_paulo(date(2026, 7, 5), 9))


def come(session: Session, invoice: Invoice, cents: int = 250_00) -> Payment:
    """A Pix of the payer on 11/07."""
    payer = Payer(document=invoice.payer_document)
    return pay(session, invoice_id=invoice.id, amount_cents=cents, payer=payer, now=ELEVENTH)


def pay_twice(session: Session, house: House) -> tuple[Invoice, Payment]:
    """199,90 and then 250,00 for one invoice."""
    invoice = issue(session, house)
    pay(session, invoice_id=invoice.id, now=TENTH)
    return invoice, come(session, invoice)


def use_some(session: Session, invoice: Invoice) -> Invoice:
    """Invoice 000003, which the credit pays; 50,10 of 250,00 are left."""
    contract = load_contract(session, invoice.contract_id)
    return issue_installment(session, contract=contract, number=3, now=at_sao_paulo(date(2026, 8, 5), 9))


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


class TestCreditOnTheCustomersRecord:
    @pytest.fixture
    def house(self, transaction: Transaction) -> House:
        with transaction() as session:
            session.expire_on_commit = False
            return make_house(session)

    def test_says_where_it_came_from_what_is_left_and_on_what_the_rest_was_used(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            invoice, payment = pay_twice(session, house)
            third, paid, came = use_some(session, invoice).id, invoice.id, payment.id
        page = plain(client_of(house.seller.user_id).get(f"/clientes/{house.customer.id}/faturas").text)
        card = page.split('id="credito"')[1].split("</section>")[0]
        assert "Crédito do cliente: R$ 50,10" in card
        for words in (TWICE, "R$ 199,90 na", f'href="/faturas/{third}"', f'href="/faturas/{paid}"'):
            assert words in card
        assert [cell.split("<")[0] for cell in card.split('class="money">')[1:]] == ["R$ 250,00", ""]
        assert f"/pagamentos/{came}" not in card
        with transaction() as session:
            finance = make_user(session, role=Role.FINANCE).id
        assert (
            f'href="/pagamentos/{came}"'
            in client_of(finance).get(f"/clientes/{house.customer.id}/faturas").text
        )

    @pytest.mark.deep
    def test_is_nobody_elses(self, house: House, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            pay_twice(session, house)
            other = make_house(session, document="11.444.777/0001-61")
            issue(session, other)
            theirs, seller = other.customer.id, other.seller.user_id
        client = client_of(seller)
        assert client.get(f"/clientes/{house.customer.id}/faturas").status_code == 404
        assert 'id="credito"' not in client.get(f"/clientes/{theirs}/faturas").text

    def test_is_shown_whatever_the_list_is_filtered_by(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            pay_twice(session, house)
        client = client_of(house.seller.user_id)
        page = plain(client.get(f"/clientes/{house.customer.id}/faturas?estado=void").text)
        assert "Nenhuma fatura assim" in page
        assert "Crédito do cliente: R$ 250,00" in page

    @pytest.mark.deep
    def test_is_gone_once_it_is_used_up(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            invoice = issue(session, house)
            pay(session, invoice_id=invoice.id, now=TENTH)
            come(session, invoice, 199_90)
            use_some(session, invoice)
        page = client_of(house.seller.user_id).get(f"/clientes/{house.customer.id}/faturas").text
        assert 'id="credito"' not in page


class TestCreditInTheCentral:
    @pytest.mark.deep
    def test_is_on_the_first_page_and_beside_the_invoices(
        self, app: Flask, visitor: PortalClient, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session, email=MARIA)
            invoice, _payment = pay_twice(session, house)
            invoice_id, customer_id = invoice.id, house.customer.id
            admin = house.admin.user_id
        come_in(app, visitor, transaction)
        for address in ("/assinante", "/assinante/faturas"):
            page = plain(visitor.get(address).text)
            assert "Você tem R$ 250,00 de crédito" in page
            assert "descontado da próxima fatura" in page
            assert f"{TWICE}: R$ 250,00." in page
        staff = client_of(admin)
        staff.get(f"/clientes/{customer_id}")
        assert "Você tem R$ 250,00" in plain(staff.submit(f"/assinante/ver/{customer_id}").text)
        with transaction() as session:
            use_some(session, session.get_one(Invoice, invoice_id))
        page = plain(visitor.get("/assinante").text)
        assert "Você tem R$ 50,10 de crédito" in page
        assert f"{TWICE}: R$ 250,00, R$ 199,90 usados na fatura 000003, restam R$ 50,10." in page

    @pytest.mark.deep
    def test_is_not_spoken_of_where_there_is_none(
        self, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            issue(session, make_house(session, email=MARIA))
            pay_twice(session, make_house(session, document="11.444.777/0001-61"))
        come_in(app, visitor, transaction)
        for address in ("/assinante", "/assinante/faturas"):
            assert "crédito" not in visitor.get(address).text.split("<main")[1].split("</main>")[0]


class TestWhereCreditCameFrom:
    @pytest.mark.deep
    def test_is_said_in_words_for_each_cause(self, session: Session) -> None:
        house = make_house(session)
        invoice = issue(session, house)
        come(session, invoice)
        finance = house.admin
        issue_credit_note(
            session,
            invoice_id=invoice.id,
            amount_cents=20_00,
            reason="Serviço parado",
            seen_cents=0,
            actor=finance,
            now=ELEVENTH,
        )
        give_discount(
            session,
            reason=CreditReason.REFERRAL,
            cause_id=1,
            customer=house.customer,
            amount_cents=15_00,
            now=ELEVENTH,
        )
        give_discount(
            session,
            reason=CreditReason.RETENTION,
            cause_id=1,
            customer=house.customer,
            amount_cents=10_00,
            now=ELEVENTH,
        )
        said = [(plain(each.origin), each.left_cents) for each in self.credit(session, house)]
        assert said == [
            ("Sobra do pagamento de R$ 250,00 por Pix em 11/07/2026 da fatura 000002", 50_10),
            ("Nota de crédito NC-000001, de 11/07/2026, da fatura 000002", 20_00),
            ("Desconto por indicação, de 11/07/2026", 15_00),
            ("Desconto combinado em 11/07/2026", 10_00),
        ]

    def test_is_less_what_went_back(self, session: Session) -> None:
        house = make_house(session)
        _invoice, payment = pay_twice(session, house)
        asked = Asked(cause=ReturnCause.REFUND, key="r1", amount_cents=30_00, reason="Pedido")
        take_payment_back(session, payment_id=payment.id, asked=asked, actor=None, now=ELEVENTH)
        (credit,) = self.credit(session, house)
        assert (credit.amount_cents, credit.left_cents, credit.used_on) == (250_00, 220_00, [])

    @pytest.mark.deep
    def test_of_the_partner_is_not_its_customers(self, session: Session) -> None:
        house = make_house(session)
        house.partner.arrangement = "hiperador"
        contract = active(session, house, arrangement="hiperador")
        first = issue_installment(
            session,
            contract=load_contract(session, contract.id),
            number=2,
            now=at_sao_paulo(date(2026, 7, 5), 9),
        )
        pay(session, invoice_id=first.id, amount_cents=first.amount_cents, now=TENTH)
        assert come(session, first).customer_id is None
        assert self.credit(session, house) == []

    def credit(self, session: Session, house: House) -> list[CreditLeft]:
        return list(list_credit(session, house.customer.id))
