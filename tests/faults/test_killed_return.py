"""kill -9 of the worker that applies a long return: the next one goes on, and nothing is booked twice."""

import os
import random
import tempfile
import time
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.operations.applying import apply_return
from portal.banking.rules import return_parts
from portal.banking.rules.bank_files import BankFileState
from portal.invoices.queries.books import find_broken_receivables
from portal.payouts.queries.books import find_broken_cash
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared import clock
from portal.shared.auth import Role
from portal.shared.db import db
from tests.factories.bank_files import bring, effects, go_on
from tests.factories.payments import ACCOUNT
from tests.factories.returned import bill_by_boleto, boletos, subscribe
from tests.factories.users import actor_of, make_user
from tests.support.databases import Database
from tests.support.forked import Forked
from tests.support.ports import wait_until

MANY, FEW, FEE = 120, 4, 1_99
PAID_ON = date(2026, 7, 15)
HELD = "UPDATE queued_jobs SET leased_until = now(), next_attempt_at = now() WHERE state = 'waiting'"


@pytest.fixture(
    params=[
        pytest.param(False, id="sent by the bank", marks=pytest.mark.deep),
        pytest.param(True, id="brought by somebody"),
    ]
)
def begun(app: Flask, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    """A return of thirty parts that is being applied: each boleto paid, every tenth by two lines.

    What somebody brought was checked before, and is applied by two at once.
    """
    monkeypatch.setattr(return_parts, "AT_ONCE", FEW)
    with app.app_context(), Session(db.engine) as session, session.begin():
        subscribe(session, count=MANY)
        bill_by_boleto(session)
        paid = [_paying(boleto) for boleto in boletos(session)]
        content = return_file(ACCOUNT, paid + paid[::10], made_at=clock.now(), number=1)
        desk = actor_of(make_user(session, role=Role.FINANCE)) if request.param else None
        file = bring(session, content, actor=desk, now=clock.now())
        while desk and file.state is BankFileState.CHECKING:
            go_on(session, file, now=clock.now())
        apply_return(session, file=file, actor=desk, now=clock.now())
        assert (file.state, file.applied_parts) == (BankFileState.APPLYING, 0 if desk else 1)
        return file.id


def _paying(boleto: Boleto) -> ReturnLine:
    cents = boleto.amount_cents
    return ReturnLine(
        code="06",
        number=boleto.number,
        on=PAID_ON,
        due_on=boleto.due_on,
        title_cents=cents,
        paid_cents=cents,
        fee_cents=FEE,
    )


def begin(database: Database) -> Forked:
    """A worker in a process of its own, which has begun."""
    said = Path(tempfile.mkdtemp()) / "said"
    process = Forked(("tests.support.return_process", database.url), os.environ, said)
    wait_until(lambda: said.exists() and said.read_text().startswith("begins\n"), what="the worker")
    return process


class TestAReturnWhoseWorkerIsKilled:
    @pytest.mark.parametrize("times", [3, pytest.param(20, marks=pytest.mark.deep)])
    def test_is_applied_to_its_end_and_once(
        self, app: Flask, database: Database, begun: int, times: int
    ) -> None:
        moments = random.Random(20260715)  # noqa: S311 - no secret
        for _ in range(times):
            process = begin(database)
            time.sleep(moments.uniform(0, 0.5))
            process.kill()
            process.wait()
            with app.app_context(), Session(db.engine) as session, session.begin():
                session.execute(text(HELD))  # as when its lease ends
        assert begin(database).wait(timeout=120) == 0
        with app.app_context(), Session(db.engine) as session:
            file = session.get_one(BankFile, begun)
            assert (file.state, file.applied_parts) == (BankFileState.APPLIED, file.part_count)
            assert effects(session, file) == ["O pagamento é recebido"] * (MANY + MANY // 10)
            told = select(func.count(), func.count(Payment.external_id.distinct()))
            of_file = told.where(Payment.fee_cents == FEE)
            assert tuple(session.execute(of_file).one()) == (MANY + MANY // 10,) * 2
            assert session.scalar(select(func.count(CustomerCredit.id))) == MANY // 10
            assert find_broken_cash(session) == [] == find_broken_receivables(session)
