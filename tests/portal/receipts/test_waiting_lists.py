"""Finance's two lists of what waits: searched, sorted and taken to a spreadsheet."""

from datetime import timedelta

import pytest

from portal.receipts.operations.ted import announce_ted
from portal.receipts.rules.receiving import Payer
from portal.shared import clock
from portal.shared.auth import Role
from tests.factories.invoices import make_billed
from tests.factories.payments import pay
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

PDF = b"%PDF-1.7 a proof"


@pytest.fixture
def finance(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    with transaction() as session:
        user_id = make_user(session, role=Role.FINANCE).id
    return client_of(user_id)


def cells(client: PortalClient, address: str, column: str) -> list[str]:
    """What a CSV has in a column."""
    header, *lines = client.get(address).get_data(as_text=True).lstrip("\ufeff").splitlines()
    position = header.split(";").index(column)
    return [line.split(";")[position] for line in lines]


class TestTedsToConfirm:
    @pytest.fixture(autouse=True)
    def two(self, transaction: Transaction) -> None:
        """One of a month, R$ 199,90, and one of a year, a day older, of a customer named like a formula."""
        with transaction() as session:
            for day, (term, name) in enumerate([("monthly", "Açaí da Praça"), ("annual", "=1+1 Bolos")]):
                at = clock.now() - timedelta(days=day)
                billed = make_billed(session, now=clock.now(), term=term, payment_method="ted")
                customer = billed.house.customer
                customer.name, customer.trade_name = name, ""
                customer.search_text = ["acai da praca 52998224725", "=1+1 bolos"][day]
                announce_ted(session, invoice_id=billed.invoice.id, proof=PDF, now=at)

    @pytest.mark.deep
    @pytest.mark.parametrize("search", ["acai", "AÇAÍ", "529.982.247-25", "000001"])
    def test_are_found_by_customer_document_and_invoice(self, finance: PortalClient, search: str) -> None:
        found = finance.get(f"/pagamentos/teds?busca={search}").text
        assert "Açaí da Praça" in found
        assert "Bolos" not in found

    def test_say_when_none_is_found(self, finance: PortalClient) -> None:
        assert "Nenhuma TED assim" in finance.get("/pagamentos/teds?busca=ninguém").text
        assert "Nenhuma TED assim" in finance.get("/pagamentos/teds?estado=confirmed_once").text

    @pytest.mark.deep
    def test_are_exported_in_the_order_asked(self, finance: PortalClient) -> None:
        address = "/pagamentos/teds.csv"
        assert cells(finance, address, "Cliente") == ["'=1+1 Bolos", "Açaí da Praça"]
        for order in ("-avisada", "valor", "-cliente"):
            ordered = cells(finance, f"{address}?ordem={order}", "Cliente")
            assert ordered == ["Açaí da Praça", "'=1+1 Bolos"], order
        assert cells(finance, f"{address}?busca=acai", "Valor") == ["199,90"]
        assert cells(finance, f"{address}?busca=acai", "Como sabemos") == ["Comprovante"]


class TestParkedPayments:
    @pytest.fixture(autouse=True)
    def two(self, transaction: Transaction) -> None:
        """R$ 5,00 of a payer nobody knows, and a day later R$ 3,00 for the invoice 000001."""
        with transaction() as session:
            invoice_id = make_billed(session, now=clock.now()).invoice.id
            stranger = Payer(name="=1+1 Bolos", document="52998224725")
            pay(session, invoice_id=None, amount_cents=5_00, payer=stranger, now=clock.now())
            later = clock.now() + timedelta(days=1)
            pay(session, invoice_id=invoice_id, amount_cents=3_00, payer=Payer(name="Zé"), now=later)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("busca=bolos", "5,00"),
            ("busca=529.982.247-25", "5,00"),
            ("busca=000001", "3,00"),
            ("busca=Pão Quente", "3,00"),
            ("motivo=wrong_amount", "3,00"),
        ],
    )
    def test_are_found_by_payer_invoice_and_reason(
        self, finance: PortalClient, asked: str, found: str
    ) -> None:
        other = {"5,00": "3,00", "3,00": "5,00"}[found]
        page = finance.get(f"/pagamentos/a-conferir?{asked}").text
        assert f"R$\xa0{found}" in page
        assert f"R$\xa0{other}" not in page

    @pytest.mark.deep
    def test_say_when_none_is_found(self, finance: PortalClient) -> None:
        assert "Nenhum pagamento assim" in finance.get("/pagamentos/a-conferir?busca=ninguém").text

    def test_are_exported_in_the_order_asked(self, finance: PortalClient) -> None:
        address = "/pagamentos/a-conferir.csv"
        assert cells(finance, address, "Pagador") == ["'=1+1 Bolos", "Zé"]
        assert cells(finance, f"{address}?ordem=-pago", "Valor") == ["3,00", "5,00"]
        assert cells(finance, f"{address}?ordem=valor", "Valor") == ["3,00", "5,00"]
        assert cells(finance, f"{address}?forma=pix", "Fatura indicada") == ["", "000001"]
