"""Contracts that were active before get the subscription they would have had."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from alembic import command
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from portal.catalog.operations import change_first_period
from portal.catalog.rules import FirstPeriodPolicy
from portal.contracts.models import Contract
from portal.contracts.operations.activating import end_contracts
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.invoices.operations.issuing import issue_installment
from portal.shared.clock import at_sao_paulo
from portal.shared.database_cli import alembic_config
from portal.shared.db import db
from tests.factories.changes import make_change, make_partner_change
from tests.factories.contracts import make_contract
from tests.factories.quotes import NOON, House, make_house
from tests.support.application import Transaction
from tests.support.databases import Database
from tests.support.remembered import remembered

BEFORE, FIRST_OF_JUNE = "0120", at_sao_paulo(date(2026, 6, 1), 12)
SUBSCRIPTIONS = "SELECT * FROM subscriptions ORDER BY contract_id"
LINES = """
SELECT subscriptions.contract_id, subscription_lines.* FROM subscription_lines
JOIN subscriptions ON subscriptions.id = subscription_id ORDER BY contract_id, version, position
"""
IN_FIVE: dict[str, Any] = {"term": "annual", "payment_method": "ted_card", "installments": 5}
SEVERAL: dict[str, Any] = {
    "quantities": {"user": 4, "register": 3},
    "apps": {"nfse": 1, "precos": 1},
    "setup": True,
}


def running(session: Session, house: House, **selection: Any) -> Contract:
    return make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE, **selection)


@remembered
def a_filled_house(session: Session) -> None:
    """Contracts of every sort, some of them changed, ended or billed further."""
    house = make_house(session)
    billed = running(session, house, **SEVERAL)
    for number in (2, 3, 5):
        issue_installment(session, contract=load_contract(session, billed.id), number=number, now=NOON)
    running(session, house, **SEVERAL, **IN_FIVE)
    running(session, house, arrangement="central_cobranca", term="semiannual")
    upgraded = running(session, house)
    first = make_change(session, house, upgraded, ContractKind.AMENDMENT, negotiated_total=229_90)
    again = load_contract(session, first.id)
    make_change(session, house, again, ContractKind.AMENDMENT, negotiated_total=239_90)
    downgraded = running(session, house)
    make_change(session, house, downgraded, ContractKind.AMENDMENT, negotiated_total=185_00)
    longer = running(session, house)
    make_change(session, house, longer, ContractKind.AMENDMENT, quantities={"user": 8}, **IN_FIVE)
    make_change(session, house, running(session, house), ContractKind.RENEWAL)
    make_partner_change(session, running(session, house))
    make_contract(session, house, state=ContractState.AWAITING_PAYMENT)


@remembered
def begun_by_the_day(session: Session) -> None:
    """Contracts that began with a part of a month, one of them amended."""
    house = make_house(session)
    full, part = FirstPeriodPolicy.FULL_INSTALLMENT, FirstPeriodPolicy.PROPORTIONAL
    change_first_period(session, plan="gestao", wanted=part, seen=full, actor=house.admin, now=FIRST_OF_JUNE)
    running(session, house, **SEVERAL)
    running(session, house, **SEVERAL, **IN_FIVE)
    longer = running(session, house)
    make_change(session, house, longer, ContractKind.AMENDMENT, quantities={"user": 8}, **IN_FIVE)
    house.partner.arrangement = "central_leads"
    running(session, house, **SEVERAL, **IN_FIVE)
    house.partner.arrangement = "hiperador"
    running(session, house, **SEVERAL, **IN_FIVE)


def rows(session: Session) -> list[list[Mapping[str, Any]]]:
    """All subscriptions and their lines, without the ids that are given out."""
    found = [session.execute(text(statement)).mappings().all() for statement in (SUBSCRIPTIONS, LINES)]
    given_out = ("id", "subscription_id")
    return [[{key: row[key] for key in row if key not in given_out} for row in every] for every in found]


def migrated_again(app: Flask, database: Database) -> None:
    with app.app_context():
        db.engine.dispose()
    command.downgrade(alembic_config(database.url), BEFORE)
    command.upgrade(alembic_config(database.url), "head")


class TestAFilledDatabase:
    @pytest.mark.deep
    def test_gets_what_activation_would_have_written(
        self, app: Flask, transaction: Transaction, database: Database
    ) -> None:
        with transaction() as session:
            a_filled_house(session)
            begun_by_the_day(session)
        with transaction() as session:
            assert end_contracts(session, now=at_sao_paulo(date(2026, 7, 16), 2)) > 0
        with transaction() as session:
            made = rows(session)
        assert len(made[0]) == 20
        migrated_again(app, database)
        with transaction() as session:
            found = rows(session)
        assert found[0] == made[0]
        assert found[1] == made[1]

    def test_may_go_back_and_keeps_its_coverage(
        self, app: Flask, transaction: Transaction, database: Database
    ) -> None:
        with transaction() as session:
            contract_id = running(session, make_house(session)).id
        migrated_again(app, database)
        with transaction() as session:
            asked = text("SELECT covers_until FROM coverages WHERE contract_id = :id")
            assert session.execute(asked, {"id": contract_id}).scalar_one() == date(2026, 7, 31)
