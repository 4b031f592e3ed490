"""Faturas: the tab, the page of an invoice, and sending it."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from portal.contracts.rules.states import ContractState
from portal.invoices.operations.settling import settle_invoice, void_invoice
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.mail_rows import MailMessage
from tests.factories.contracts import make_contract
from tests.factories.invoices import make_billed, make_invoice
from tests.factories.quotes import NOON, House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import location
from tests.support.forms import form_values
from tests.support.letters import Written, all_written
from tests.support.people import ClientOf

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def house(transaction: Transaction) -> House:
    """A customer with one open invoice of R$ 199,90."""
    with transaction() as session:
        session.expire_on_commit = False
        return make_billed(session).house


def mails(transaction: Transaction) -> list[Written]:
    with transaction() as session:
        session.expire_on_commit = False
        return all_written(
            session, session.scalars(select(MailMessage).filter_by(kind="invoice_issued")).all()
        )


class TestTheTabFaturas:
    @pytest.mark.deep
    def test_lists_the_customers_invoices(self, house: House, client_of: ClientOf) -> None:
        page = client_of(house.seller.user_id).get(f"/clientes/{house.customer.id}/faturas").text
        for word in ("000001", "Em aberto", "15/06/2026", "Boleto bancário", "R$\xa0199,90"):
            assert word in page

    @pytest.mark.deep
    def test_filters_by_state(self, house: House, client_of: ClientOf) -> None:
        address = f"/clientes/{house.customer.id}/faturas?estado="
        client = client_of(house.seller.user_id)
        assert "Nenhuma fatura assim" in client.get(address + "paid").text
        assert "000001" in client.get(address + "open").text

    @pytest.mark.deep
    def test_says_that_one_is_late_only_after_the_next_business_day(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:  # due on a Saturday
            late = make_invoice(session, house=make_house(session), now=at_sao_paulo(date(2026, 6, 15), 9))
            assert late.due_on == date(2026, 6, 20)
            address = f"/clientes/{late.customer_id}/faturas"
        with time_machine.travel(at_sao_paulo(date(2026, 6, 22), 12)):
            assert "vencida" not in client_of(house.admin.user_id).get(address).text
        with time_machine.travel(at_sao_paulo(date(2026, 6, 23), 12)):
            assert "vencida" in client_of(house.admin.user_id).get(address).text

    @pytest.mark.deep
    def test_due_on_corpus_christi_is_not_late_on_that_day_nor_the_next(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            invoice = make_invoice(session, house=house, now=at_sao_paulo(date(2027, 5, 22), 9))
            assert invoice.due_on == date(2027, 5, 27)
            address, page = f"/clientes/{invoice.customer_id}/faturas", f"/faturas/{invoice.id}"
        with time_machine.travel(at_sao_paulo(date(2027, 5, 28), 12)):
            client = client_of(house.admin.user_id)
            assert "vencida" not in client.get(address).text
            assert "pode ser paga sem acréscimo até 28/05/2027" in client.get(page).text
        with time_machine.travel(at_sao_paulo(date(2027, 5, 29), 12)):
            assert "vencida" in client_of(house.admin.user_id).get(address).text

    @pytest.mark.deep
    @pytest.mark.parametrize(("works", "until"), [("0", "04/01/2027"), ("1", "")])
    def test_due_on_the_last_day_of_the_year_follows_the_setting(
        self, transaction: Transaction, client_of: ClientOf, works: str, until: str
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            make_invoice(session, house=house, now=at_sao_paulo(date(2026, 12, 26), 9))
        client = client_of(house.admin.user_id)
        fields = form_values(client.get("/configuracoes").text)
        client.submit("/configuracoes", fields | {"banks_work_on_last_day": works})
        page = client.get("/faturas/1").text
        assert ("pode ser paga sem acréscimo até" in page) == bool(until)
        assert until in page

    def test_invites_where_nothing_was_billed(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            address = f"/clientes/{house.customer.id}/faturas"
        assert "Nenhuma fatura ainda" in client_of(house.seller.user_id).get(address).text


class TestAnInvoicesPage:
    def test_tells_what_is_charged_and_how_that_came_about(self, house: House, client_of: ClientOf) -> None:
        page = client_of(house.seller.user_id).get("/faturas/1").text
        for words in ("Hiper Gestão", "Primeira mensalidade.", "vence em 15/06/2026", "Pão Quente"):
            assert words in page
        assert "Lançamentos" not in page

    @pytest.mark.deep
    def test_shows_the_ledger_to_finance_alone(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            finance = make_user(session, role=Role.FINANCE).id
        page = client_of(finance).get("/faturas/1").text
        for words in ("Lançamentos", "Fatura emitida", "A receber", "Receita a apropriar"):
            assert words in page

    @pytest.mark.deep
    def test_says_why_a_void_one_need_not_be_paid(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            void_invoice(session, invoice_id=1, reason="O contrato foi cancelado.", actor=None, now=NOON)
        page = client_of(house.seller.user_id).get("/faturas/1").text
        assert "O contrato foi cancelado. Não é preciso pagar esta fatura." in page
        assert "Enviar por e-mail" not in page


class TestSendingAnInvoice:
    @pytest.mark.deep
    def test_mails_the_signatory_a_link_and_shows_it(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        client = client_of(house.seller.user_id)
        client.get("/faturas/1")
        answer = client.submit("/faturas/1/enviar")
        assert (answer.status_code, location(answer)) == (303, "/faturas/1")
        page = client.get("/faturas/1").text
        assert "Fatura enviada para Maria da Silva." in page
        assert "Copiar link" in page
        (mail,) = mails(transaction)
        assert mail.to_address == "maria@paoquente.com.br"
        assert mail.subject == "Fatura 000001: R$ 199,90, vence em 15/06/2026"
        assert "O valor é R$\xa0199,90, com vencimento em 15/06/2026." in mail.text_body

    @pytest.mark.deep
    def test_twice_in_a_minute_sends_one_mail_and_keeps_the_link(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        client = client_of(house.seller.user_id)
        client.get("/faturas/1")
        client.submit("/faturas/1/enviar")
        client.submit("/faturas/1/enviar")
        with time_machine.travel(at_sao_paulo(date(2026, 6, 12), 9)):
            client.get("/faturas/1")
            client.submit("/faturas/1/enviar")
        sent = mails(transaction)
        assert len(sent) == 2
        assert sent[0].link_token_id == sent[1].link_token_id

    def test_of_one_that_was_paid_meanwhile_is_refused_in_words(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        client = client_of(house.seller.user_id)
        client.get("/faturas/1")
        with transaction() as session:
            settle_invoice(session, invoice_id=1, payment_key="pix:1", amount_cents=199_90, at=NOON, now=NOON)
        answer = client.submit("/faturas/1/enviar")
        assert answer.status_code == 409
        assert "A fatura 000001 não está em aberto: paga." in answer.text
        assert mails(transaction) == []


class TestASignedContract:
    @pytest.mark.deep
    @pytest.mark.parametrize(("method", "count"), [("boleto", 1), ("ted_card", 1), ("card", 0)])
    def test_has_its_invoice_mailed_unless_a_card_is_charged(
        self, transaction: Transaction, method: str, count: int
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            make_contract(session, house, state=ContractState.AWAITING_PAYMENT, payment_method=method)
        sent = mails(transaction)
        assert len(sent) == count
        for mail in sent:
            assert "Obrigado por assinar o contrato. Falta só o primeiro pagamento." in mail.text_body
            assert mail.link_token_id is not None

    @pytest.mark.deep
    def test_of_a_partner_that_bills_itself_is_mailed_to_the_partners_admins(
        self, transaction: Transaction
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            house.partner.arrangement = "hiperador"
            make_user(
                session, role=Role.PARTNER_ADMIN, partner_id=house.partner.id, email="chefe@sul.example"
            )
            make_contract(session, house, state=ContractState.AWAITING_PAYMENT, arrangement="hiperador")
        (mail,) = mails(transaction)
        assert mail.to_address == "chefe@sul.example"
        assert "R$ 85,00" in mail.subject
