"""Credit of a partner that owes invoices itself, as the partner and the staff see it."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.contracts.queries.reading import load_contract
from portal.invoices.models import Invoice
from portal.invoices.operations.issuing import issue_installment
from portal.partners.models import Partner
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.overdue import active
from tests.factories.payments import pay
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.portal.receipts.test_credit_shown import TENTH, come, plain, use_some
from tests.support.application import Transaction
from tests.support.people import ClientOf

TWICE = "Pagamento de R$ 250,00 por Pix em 11/07/2026 para a fatura 000002, que já estava paga"
DESK = "/pagamentos/credito-de-parceiros"


def pay_twice(session: Session, house: House) -> Invoice:
    """The cost of August, R$ 85,00, which the partner owes: paid on 10/07, and again with 250,00 on 11/07."""
    session.get_one(Partner, house.partner.id).arrangement = "hiperador"
    contract = load_contract(session, active(session, house, arrangement="hiperador").id)
    invoice = issue_installment(session, contract=contract, number=2, now=at_sao_paulo(date(2026, 7, 5), 9))
    pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=TENTH)
    assert come(session, invoice).customer_id is None
    return invoice


def card_of(page: str, name: str) -> str:
    return plain(page).split(f'id="{name}"')[1].split("</section>")[0]


@pytest.fixture
def house(transaction: Transaction) -> House:
    with transaction() as session:
        session.expire_on_commit = False
        return make_house(session)


class TestThePartner:
    @pytest.mark.deep
    def test_reads_above_its_invoices_whence_it_came_what_is_used_and_left(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            paid = pay_twice(session, house)
            paid_id, third_id = paid.id, use_some(session, paid).id
        card = card_of(client_of(house.seller.user_id).get("/faturas").text, "credito")
        assert "Crédito do parceiro: R$ 165,00" in card
        for words in (TWICE, "R$ 85,00 na", f'href="/faturas/{third_id}"', f'href="/faturas/{paid_id}"'):
            assert words in card
        assert "/pagamentos/" not in card

    def test_reads_of_none_but_its_own(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            pay_twice(session, house)
            other = make_house(session, document="11.444.777/0001-61")
        client = client_of(other.seller.user_id)
        assert 'id="credito"' not in client.get("/faturas").text
        assert client.get(DESK).status_code == 403

    @pytest.mark.deep
    def test_does_not_read_what_is_its_customers(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            pay_twice(session, house)
        client = client_of(house.seller.user_id)
        assert 'id="credito"' not in client.get(f"/clientes/{house.customer.id}/faturas").text


class TestTheVendor:
    @pytest.mark.deep
    def test_reads_it_by_partner_at_the_desk_of_finance(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            finance_id = make_user(session, role=Role.FINANCE).id
        finance = client_of(finance_id)
        assert "Nenhum parceiro tem crédito" in finance.get(DESK).text
        with transaction() as session:
            pay_twice(session, house)
        page = finance.get(DESK).text
        card = card_of(page, f"parceiro-{house.partner.id}")
        assert f"Crédito de {house.partner.trade_name}: R$ 250,00" in card
        assert TWICE in card
        assert "ver pagamento" in card
        assert DESK in finance.get("/pagamentos").text

    @pytest.mark.deep
    def test_reads_how_much_on_the_partners_page(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        admin, page = client_of(house.admin.user_id), f"/parceiros/{house.partner.id}"
        assert "Crédito do parceiro" not in admin.get(page).text
        with transaction() as session:
            pay_twice(session, house)
        shown = plain(admin.get(page).text)
        assert f'Crédito do parceiro: <a href="{DESK}#parceiro-{house.partner.id}">R$ 250,00</a>' in shown
