"""kill -9 of a billing run at random moments: the next run ends with the rows of an undisturbed one."""

import os
import random
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.invoices.models import BillingChunk, Invoice, VoidedNumber
from portal.invoices.queries.books import find_broken_receivables, find_broken_sums, find_missing_numbers
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.factories.subscriptions import copy_subscriptions
from tests.support.databases import Database
from tests.support.forked import Forked
from tests.support.ports import wait_until

DAY = date(2026, 7, 5)
MANY = 200
ROWS = """
SELECT contract_id, installment_number, number IS NOT NULL, kind, invoices.amount_cents, due_on,
    period_from, period_until, grace_until, explanation, state, line.position, line.code, line.amount_cents,
    (SELECT count(*) FROM postings WHERE invoice_id = invoices.id),
    (SELECT count(*) FROM boletos WHERE invoice_id = invoices.id),
    (SELECT count(*) FROM mail_messages WHERE kind = 'invoice_issued' AND subject_id = invoices.id)
FROM invoices JOIN invoice_lines AS line ON line.invoice_id = invoices.id
WHERE chunk_id IS NOT NULL ORDER BY contract_id, installment_number, line.position
"""


@pytest.fixture
def due(app: Flask) -> None:
    """Two hundred subscriptions whose second payment falls due."""
    with app.app_context(), Session(db.engine) as session, session.begin():
        contract = make_contract(
            session,
            make_house(session),
            state=ContractState.ACTIVE,
            now=at_sao_paulo(date(2026, 6, 1), 12),
        )
        copy_subscriptions(session, contract.id, count=MANY - 1)


def begin(database: Database) -> Forked:
    return begin_at(database.url)


def begin_at(url: str) -> Forked:
    """A billing run in a process of its own, which has begun."""
    said = Path(tempfile.mkdtemp()) / "said"
    command = ("tests.support.billing_process", url, DAY.isoformat())
    process = Forked(command, os.environ, said)
    wait_until(lambda: said.exists() and said.read_text().startswith("begins\n"), what="the run")
    return process


def end(process: Forked) -> None:
    """Wait for a run."""
    assert process.wait(timeout=60) == 0


def rows(app: Flask) -> list[Any]:
    with app.app_context(), Session(db.engine) as session:
        return list(session.execute(text(ROWS)).all())


class TestARunThatIsKilled:
    @pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.deep)])
    def test_is_finished_by_the_next_one_with_the_rows_of_an_undisturbed_one(
        self, app: Flask, database: Database, due: None, times: int
    ) -> None:
        """Of 200 equal subscriptions: what one undisturbed run makes of one, the killed ones make of all."""
        moments = random.Random(20260705)  # noqa: S311 - no secret
        for _ in range(times):
            process = begin(database)
            time.sleep(moments.uniform(0, 0.6))
            process.kill()
            process.wait()
        end(begin(database))
        made = rows(app)
        assert len(made) == MANY
        assert len({row[0] for row in made}) == MANY
        assert len({tuple(row[1:]) for row in made}) == 1, "all alike"
        assert made[0][14:] == (1, 1, 1), "one posting, one boleto, one mail"
        with app.app_context(), Session(db.engine) as session:
            numbers = session.scalars(
                select(Invoice.number).where(Invoice.chunk_id.is_not(None)).order_by(Invoice.number)
            ).all()
            assert list(numbers) == list(range(int(numbers[0] or 0), int(numbers[0] or 0) + MANY))
            assert session.scalar(select(func.count(VoidedNumber.number))) == 0
            assert session.scalar(select(func.count()).where(BillingChunk.done_at.is_(None))) == 0
            assert find_missing_numbers(session) == []
            assert find_broken_sums(session) == [] == find_broken_receivables(session)

    @pytest.mark.deep
    def test_is_shared_by_two_that_run_at_once(self, app: Flask, database: Database, due: None) -> None:
        both = [begin(database), begin(database)]
        for process in both:
            end(process)
        assert len({row[0] for row in rows(app)}) == MANY
        with app.app_context(), Session(db.engine) as session:
            assert find_missing_numbers(session) == []
            assert session.scalar(select(func.count(VoidedNumber.number))) == 0
