"""What screens say of a service that is late: the state, why, and what exactly releases it."""

from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from portal.contracts.queries.reading import load_contract
from portal.shared.clock import at_sao_paulo
from tests.factories.overdue import MENTORING, active, invoices_of, night, nights, paid
from tests.factories.quotes import House, make_house
from tests.support.application import Transaction
from tests.support.people import ClientOf

FIFTH_OF_JULY = date(2026, 7, 5)


@pytest.fixture
def house(transaction: Transaction) -> House:
    with transaction() as session:
        session.expire_on_commit = False
        return make_house(session)


@pytest.fixture
def today() -> Iterator[time_machine.Traveller]:
    """The day on which somebody looks."""
    with time_machine.travel(at_sao_paulo(FIFTH_OF_JULY, 9), tick=False) as traveller:
        yield traveller


@pytest.mark.usefixtures("today")
class TestALateService:
    def test_is_told_on_record_list_and_contract(
        self,
        house: House,
        transaction: Transaction,
        client_of: ClientOf,
        today: time_machine.Traveller,
    ) -> None:
        with transaction() as session:
            contract = active(session, house)
            nights(session, FIFTH_OF_JULY, date(2026, 7, 20))
            (invoice,) = invoices_of(session, contract)
            contract_id, customer_id, label = contract.id, contract.customer_id, invoice.label
        today.move_to(at_sao_paulo(date(2026, 7, 20), 9))
        client = client_of(house.admin.user_id)
        words = (
            f"a fatura {label}, de R$\xa0199,90, venceu em 15/07/2026. "
            "Sem pagamento até 31/07/2026, o serviço é suspenso. "
            f"Fica em dia quando a fatura {label} (R$\xa0199,90 mais os encargos do dia) for paga: "
            "por Pix ou cartão, na hora."
        )
        assert f"Em atraso: {words}" in client.get(f"/contratos/{contract_id}").text
        record = client.get(f"/clientes/{customer_id}").text
        assert f"Hiper Gestão em atraso: {words}" in record
        assert "Em atraso" in client.get("/clientes?pagamento=overdue").text
        assert "Nenhum cliente encontrado" in client.get("/clientes?pagamento=suspended").text
        history = client.get(f"/clientes/{customer_id}/movimentacoes").text
        assert (
            f"Aviso de suspensão: Fatura {label}, vencida em 15/07/2026, R$\xa0199,90. "
            "Prazo para pagar: 31/07/2026"
        ) in history

    def test_that_is_suspended_says_since_when_and_is_told_in_the_timeline(
        self,
        house: House,
        transaction: Transaction,
        client_of: ClientOf,
        today: time_machine.Traveller,
    ) -> None:
        with transaction() as session:
            contract = active(session, house, **MENTORING)
            nights(session, FIFTH_OF_JULY, date(2026, 8, 10))
            late, present = invoices_of(session, contract)
            contract_id, customer_id, labels = contract.id, contract.customer_id, (late.label, present.label)
        today.move_to(at_sao_paulo(date(2026, 8, 10), 9))
        client = client_of(house.admin.user_id)
        page = client.get(f"/contratos/{contract_id}").text
        assert (
            f"a fatura {labels[0]}, de R$\xa0290,00, venceu em 15/07/2026. Sem serviço desde 01/08/2026."
            in page
        )
        assert (
            f"O serviço volta quando as faturas {labels[0]} e {labels[1]} "
            "(R$\xa0580,00 mais os encargos do dia) forem pagas"
        ) in page
        with transaction() as session:
            for invoice in invoices_of(session, load_contract(session, contract_id)):
                paid(session, invoice, at_sao_paulo(date(2026, 8, 10), 10))
        history = client.get(f"/clientes/{customer_id}/movimentacoes").text
        assert f"Serviço Mentoria Hiper suspenso: Fatura {labels[0]}, vencida em 15/07/2026" in history
        assert "Serviço Mentoria Hiper liberado: pago o que estava vencido" in history
        assert "Em dia</span>" in client.get(f"/contratos/{contract_id}").text

    @pytest.mark.deep
    def test_in_order_needs_nobody(self, house: House, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            contract = active(session, house)
            night(session, FIFTH_OF_JULY)
            customer_id = contract.customer_id
        record = client_of(house.admin.user_id).get(f"/clientes/{customer_id}").text
        assert "em atraso" not in record.lower()
