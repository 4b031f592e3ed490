"""What the vendor and the payer read of late charges, and how finance lets them go."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import LateCharge
from portal.invoices.operations.issuing import issue_installment
from portal.invoices.operations.sending import payment_link
from portal.invoices.queries.reading import load_invoice
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.people import ClientOf

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
FIFTH_OF_JULY = at_sao_paulo(date(2026, 7, 5), 9)
LATE = at_sao_paulo(date(2026, 7, 25), 12)  # ten days: R$ 4,00 and R$ 0,67


@pytest.fixture(autouse=True)
def late() -> Iterator[None]:
    with time_machine.travel(LATE):
        yield


@pytest.fixture
def invoice(transaction: Transaction) -> tuple[int, str]:
    """R$ 199,90 due on 15/07/2026, and the payer's page of it."""
    with transaction() as session:
        contract = make_contract(session, make_house(session), state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        contract = load_contract(session, contract.id)
        invoice = issue_installment(session, contract=contract, number=2, now=FIFTH_OF_JULY)
        link = payment_link(session, invoice=load_invoice(session, invoice.id), now=FIFTH_OF_JULY)
        return invoice.id, f"/pagar/{link.secret()}"


@pytest.fixture
def finance(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    with transaction() as session:
        user_id = make_user(session, role=Role.FINANCE).id
    return client_of(user_id)


def plain(text: str) -> str:
    return text.replace("\xa0", " ")


class TestThePayersPage:
    def test_says_what_it_costs_today_and_asks_that_by_pix(
        self, invoice: tuple[int, str], visitor: PortalClient
    ) -> None:
        page = plain(visitor.get(invoice[1]).text)
        assert "Valor de hoje" in page
        assert "R$ 204,57" in page
        assert "R$ 4,00 de multa (2%) e R$ 0,67 de juros (1% ao mês) por 10 dias de atraso" in page
        assert "5406204.57" in page  # field 54 of the Pix code

    @pytest.mark.deep
    def test_says_nothing_of_charges_before_it_is_late(
        self, invoice: tuple[int, str], visitor: PortalClient
    ) -> None:
        with time_machine.travel(at_sao_paulo(date(2026, 7, 15), 23)):
            page = plain(visitor.get(invoice[1]).text)
        assert "Valor de hoje" not in page
        assert "5406199.90" in page


class TestTheInvoicesPage:
    def test_shows_them_apart_and_lets_finance_waive_them(
        self, invoice: tuple[int, str], finance: PortalClient, transaction: Transaction
    ) -> None:
        address = f"/faturas/{invoice[0]}"
        assert "custa <strong>R$ 204,57</strong>" in plain(finance.get(address).text)
        with transaction() as session:
            pay(session, invoice_id=invoice[0], amount_cents=199_90, now=LATE)
        page = plain(finance.get(address).text)
        assert "Encargos em aberto: R$ 4,67. Por menos de R$ 5,00 ninguém é lembrado." in page
        refused = finance.submit(f"{address}/encargos/dispensar", {"dispensa-reason": ""})
        assert refused.status_code == 422
        assert "Escreva o motivo." in refused.text
        finance.submit(f"{address}/encargos/dispensar", {"dispensa-reason": "Cliente antigo"})
        page = plain(finance.get(address).text)
        assert "Cliente antigo" in page
        assert "Encargos de R$ 4,67 da fatura 000002 dispensados" in page
        assert "Dispensar R$" not in page
        with transaction() as session:
            assert session.scalars(select(LateCharge.waived_cents)).one() == 4_67
