"""The customer changes the day it pays on, alone."""

import re

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.shared import clock
from portal.shared.brazil import format_date
from portal.subscriptions.queries.reading import get_subscription
from tests.factories.contracts import make_contract
from tests.factories.overdue import suspended
from tests.factories.quotes import make_house
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location

SEEN = re.compile(r'name="seen" value="([^"]+)"')


def make_active(session: Session, email: str = MARIA) -> int:
    house = make_house(session)
    house.customer.email = email
    return make_contract(session, house, state=ContractState.ACTIVE, now=clock.now()).id


def test_sees_dates_and_amounts_first_and_then_they_hold(
    app: Flask, visitor: PortalClient, transaction: Transaction
) -> None:
    with transaction() as session:
        contract_id = make_active(session)
        due_on = get_subscription(session, contract_id).next_due_on
    address = f"/assinante/contratos/{contract_id}/vencimento"
    assert due_on is not None
    come_in(app, visitor, transaction)
    assert location(visitor.get("/assinante/vencimento")) == address
    assert "Hoje vence no dia 15" in visitor.get(address).text
    page = visitor.get(f"{address}?dia=25").text
    assert f"<strong>{format_date(due_on.replace(day=25))}</strong>" in page
    seen = SEEN.search(page)
    assert seen is not None
    answer = visitor.submit(address, {"dia": "25", "seen": seen[1]})
    assert location(answer) == address
    page = visitor.get(address).text
    assert "seu vencimento agora é no dia 25" in page
    assert "O vencimento já mudou em" in page
    assert f"do dia 15 para o dia 25, por {MARIA}" in page
    with transaction() as session:
        assert get_subscription(session, contract_id).next_due_on == due_on.replace(day=25)


@pytest.mark.deep
def test_is_shown_again_when_it_is_another_by_then(
    app: Flask, visitor: PortalClient, transaction: Transaction
) -> None:
    with transaction() as session:
        contract_id = make_active(session)
    come_in(app, visitor, transaction)
    address = f"/assinante/contratos/{contract_id}/vencimento"
    visitor.get(f"{address}?dia=25")
    answer = visitor.submit(address, {"dia": "25", "seen": "3-20260825.19990"})
    assert answer.status_code == 409
    assert "mudaram desde a simulação" in answer.text
    assert "Mudar para o dia 25" in answer.text


@pytest.mark.deep
def test_pays_what_is_late_first(app: Flask, visitor: PortalClient, transaction: Transaction) -> None:
    with transaction() as session:
        house = make_house(session)
        house.customer.email = MARIA
        contract_id = suspended(session, house, now=clock.now()).id
    come_in(app, visitor, transaction)
    page = visitor.get(f"/assinante/contratos/{contract_id}/vencimento?dia=25").text
    assert "está vencida. Depois de paga, o vencimento pode mudar" in page
    assert "Mudar para o dia" not in page


@pytest.mark.deep
def test_reaches_no_other_customers_contract(
    app: Flask, visitor: PortalClient, transaction: Transaction
) -> None:
    with transaction() as session:
        make_active(session)
        other_id = make_active(session, email="outra@mercado.example")
    come_in(app, visitor, transaction)
    address = f"/assinante/contratos/{other_id}/vencimento"
    assert visitor.get(address).status_code == 404
    assert visitor.submit(address, {"dia": "25", "seen": "x"}).status_code == 404
