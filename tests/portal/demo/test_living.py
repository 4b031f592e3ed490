"""Living months of a company, at the smallest scale. Slow: `make test-deep`."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.payouts.queries.invariants import find_broken
from portal.receipts.models.payment import Payment
from portal.shared import clock
from portal.shared.db import db
from portal.shared.queue import QueuedJob
from portal.shared.schedule import JobRun


class TestLiving:
    @pytest.mark.deep
    def test_leaves_a_company_whose_books_agree(self, demo_app: Flask) -> None:
        began = clock.wall()
        told = demo_app.test_cli_runner().invoke(
            args=["demo", "live", "--months", "2", "--customers", "8"], catch_exceptions=False
        )
        assert told.exit_code == 0, told.output
        with demo_app.app_context():
            assert find_broken(db.session, since=None, now=clock.now()) == []
            assert clock.now() >= began
            assert set(db.session.scalars(select(JobRun.outcome))) == {"ok"}
            active = select(func.count()).where(Contract.state == ContractState.ACTIVE)
            assert (db.session.scalar(active) or 0) >= 4
            assert (db.session.scalar(select(func.count()).select_from(Invoice)) or 0) >= 10
            assert (db.session.scalar(select(func.count()).select_from(Payment)) or 0) >= 5
            assert db.session.scalars(select(QueuedJob).where(QueuedJob.state == "failed")).all() == []

    def test_is_refused_without_a_demonstrations_clock(self, app: Flask) -> None:
        told = app.test_cli_runner().invoke(args=["demo", "live"])
        assert told.exit_code == 1
        assert "an empty database" in told.output
