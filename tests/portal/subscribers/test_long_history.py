"""The first page of the area after many months: small and quick enough for a phone."""

import re
from datetime import date

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractState
from portal.invoices.operations.issuing import issue_installment
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.payments import pay
from tests.factories.quotes import make_house
from tests.portal.subscribers.test_signing_in import MARIA, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.statements import statements

FIRST = at_sao_paulo(date(2026, 6, 1), 12)
THREE_YEARS_LATER = at_sao_paulo(date(2029, 6, 10), 12)
MOST_BYTES, MOST_STATEMENTS = 100_000, 5


@pytest.mark.parametrize("months", [12, pytest.param(36, marks=pytest.mark.deep)])
def test_is_small_and_asks_little_of_the_database(
    app: Flask, visitor: PortalClient, transaction: Transaction, months: int
) -> None:
    with time_machine.travel(THREE_YEARS_LATER):
        with transaction() as session:
            house = make_house(session)
            house.customer.email = MARIA
            contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST)
            for number in range(2, months + 1):
                due_on = date(2026 + (number + 5) // 12, (number + 5) % 12 or 12, 15)
                now = at_sao_paulo(due_on, 9)
                invoice = issue_installment(
                    session, contract=load_contract(session, contract.id), number=number, now=now
                )
                pay(session, invoice_id=invoice.id, now=now)
        come_in(app, visitor, transaction)
        with statements(app) as asked:
            page = visitor.get("/assinante")
        assert len(asked) <= MOST_STATEMENTS
        assert "Nenhuma fatura a pagar" in page.text
        linked = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text))
        assert len(linked) > 10
        assert sum(sent(visitor, address) for address in ("/assinante", *linked)) < MOST_BYTES


def sent(visitor: PortalClient, address: str) -> int:
    """How many bytes a browser gets, which takes compressed answers."""
    answer = FlaskClient.open(visitor, address, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert answer.status_code == 200
    size = len(answer.data)
    answer.close()
    return size
