"""A customer cancels alone in its own area: protocol, offers once, confirmation, and back again."""

from datetime import date

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal.cancellations.models import CancellationCase
from portal.cancellations.rules.cases import CaseState
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.shared.audit import LogEntry
from portal.shared.clock import at_sao_paulo
from portal.tasks.models import Task
from portal.tasks.rules import TaskKind
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.pdf import text_of
from tests.support.scenes import lived

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
TENTH_OF_JULY = at_sao_paulo(date(2026, 7, 10), 15)


@pytest.fixture
def contract_id(app: Flask, visitor: PortalClient, transaction: Transaction) -> int:
    """A contract of Maria's company, paid until 31/07, with a register more; she is in, on 10/07."""

    def is_in() -> int:
        with transaction() as session:
            house = make_house(session)
            house.customer.email = MARIA
            contract = make_contract(
                session,
                house,
                state=ContractState.ACTIVE,
                now=FIRST_OF_JUNE,
                quantities={"register": 2},
            )
            found = contract.id
        come_in(app, visitor, transaction)
        return found

    with time_machine.travel(TENTH_OF_JULY):
        return lived(app, is_in, beside=[visitor])


def ask(visitor: PortalClient, contract_id: int, **values: object) -> str:
    """The page of the new request."""
    page = visitor.get(f"/assinante/contratos/{contract_id}/cancelamento").text
    assert "O serviço funciona até 31/07/2026, o último dia pago." in page
    answer = visitor.submit(
        f"/assinante/contratos/{contract_id}/cancelamento", {"reason": "price", "words": ""} | values
    )
    assert answer.status_code == 303, answer.text
    return location(answer)


def seen_on(page: str) -> str:
    return page.partition('name="seen" value="')[2].partition('"')[0]


@pytest.mark.deep
@time_machine.travel(TENTH_OF_JULY)
def test_from_the_first_page_to_the_receipt(
    visitor: PortalClient, transaction: Transaction, contract_id: int
) -> None:
    assert "/assinante/cancelamento" in visitor.get("/assinante").text
    assert f"Cancelar contrato {contract_id:06d}" in visitor.get("/assinante/cancelamento").text
    address = ask(visitor, contract_id)
    page = visitor.get(address).text
    assert "Conversar sobre desconto" in page
    assert "Nada é devolvido: você usa o período pago até o fim." in page
    visitor.submit(f"{address}/confirmar", {"seen": seen_on(page)})
    page = visitor.get(address).text
    assert "O serviço funciona até 31/07/2026." in page
    assert "Conversar sobre" not in page
    receipt = visitor.get(f"{address}/comprovante.pdf")
    assert "31/07/2026" in text_of(receipt.data)
    with transaction() as session:
        case = session.scalars(select(CancellationCase)).one()
        assert (case.asked_by, case.opened_by_id, case.closed_by_id) == (MARIA, None, None)
        labels = session.scalars(
            select(LogEntry.actor_label).where(LogEntry.action.like("cancellation_%"))
        ).all()
        assert set(labels) == {MARIA}


@pytest.mark.deep
@time_machine.travel(TENTH_OF_JULY)
def test_changes_its_mind_before_the_last_day(
    visitor: PortalClient, transaction: Transaction, contract_id: int
) -> None:
    address = ask(visitor, contract_id)
    visitor.submit(f"{address}/confirmar", {"seen": seen_on(visitor.get(address).text)})
    assert "Até 31/07/2026 você pode desfazer o cancelamento" in visitor.get(address).text
    visitor.submit(f"{address}/desfazer")
    assert "Cancelamento desfeito" in visitor.get(address).text
    with transaction() as session:
        assert session.get_one(Contract, contract_id).state is ContractState.ACTIVE


@pytest.mark.deep
@time_machine.travel(TENTH_OF_JULY)
def test_only_some_services(visitor: PortalClient, transaction: Transaction, contract_id: int) -> None:
    address = ask(visitor, contract_id, services=["addon:register"])
    page = visitor.get(address).text
    assert "Caixa adicional" in page
    assert (
        "Os serviços escolhidos funcionam até 31/07/2026, o último dia pago. O resto do contrato continua."
        in page
    )
    visitor.submit(f"{address}/confirmar", {"seen": seen_on(page)})
    with transaction() as session:
        contract = session.get_one(Contract, contract_id)
        assert (contract.state, contract.ended_services) == (ContractState.ACTIVE, ["addon:register"])


@time_machine.travel(TENTH_OF_JULY)
def test_talks_first_or_stays(visitor: PortalClient, transaction: Transaction, contract_id: int) -> None:
    address = ask(visitor, contract_id)
    visitor.get(address)
    assert location(visitor.submit(f"{address}/conversa", {"offer": "discount"})) == address
    visitor.submit(f"{address}/conversa", {"offer": "discount"})  # tapped twice
    with transaction() as session:
        task = session.scalars(select(Task).where(Task.kind == TaskKind.CALL)).one()
        assert "quer conversar antes de cancelar" in task.title
    visitor.submit(f"{address}/ficar")
    assert "Você continua cliente" in visitor.get(address).text
    with transaction() as session:
        assert session.scalars(select(CancellationCase)).one().state is CaseState.RETAINED


@time_machine.travel(TENTH_OF_JULY)
def test_asked_twice_is_the_first_request(visitor: PortalClient, contract_id: int) -> None:
    address = ask(visitor, contract_id)
    again = visitor.submit(
        f"/assinante/contratos/{contract_id}/cancelamento", {"reason": "other", "words": ""}
    )
    assert location(again) == address
    assert location(visitor.get(f"/assinante/contratos/{contract_id}/cancelamento")) == address


@time_machine.travel(TENTH_OF_JULY)
def test_is_refused_when_the_settlement_was_another(visitor: PortalClient, contract_id: int) -> None:
    address = ask(visitor, contract_id)
    visitor.get(address)
    visitor.submit(f"{address}/confirmar", {"seen": "2026-08-31|0|"})
    page = visitor.get(address).text
    assert "O acerto mudou enquanto esta página estava aberta" in page
    assert "Confirmar o cancelamento" in page


@pytest.mark.deep
@time_machine.travel(TENTH_OF_JULY)
def test_of_another_customer_is_not_found(
    visitor: PortalClient, transaction: Transaction, contract_id: int
) -> None:
    address = ask(visitor, contract_id)
    visitor.get(address)
    with transaction() as session:
        stranger = make_house(session)
        contract = make_contract(session, stranger, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        theirs = contract.id
    assert visitor.get(f"/assinante/contratos/{theirs}/cancelamento").status_code == 404
    assert (
        visitor.submit(f"/assinante/contratos/{theirs}/cancelamento", {"reason": "price"}).status_code == 404
    )
    assert visitor.get("/assinante/cancelamentos/999").status_code == 404
