"""The database crashes in the middle of billing: the next run has the rows of an undisturbed one."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from portal.app import create_app
from portal.contracts.rules.states import ContractState
from portal.invoices.models import BillingChunk, Invoice
from portal.invoices.queries.books import find_broken_receivables, find_broken_sums, find_missing_numbers
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.factories.subscriptions import copy_subscriptions
from tests.faults.test_killed_billing import DAY, MANY, ROWS, begin_at, end
from tests.support.application import settings_for
from tests.support.databases import migrate
from tools.postgres.cluster import Cluster, stop
from tools.postgres.temporary import DURABLE, temporary_cluster

RUNS_AT_ONCE = 2


@dataclass
class Crashing:
    """A PostgreSQL with durable settings that ends at once when told to, as at a power cut."""

    cluster: Cluster
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return self.cluster.url("postgres")

    def crash(self) -> None:
        """End without a checkpoint, then come back and recover from the log."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=30)
        self.process = start(self.cluster)


def start(cluster: Cluster) -> subprocess.Popen[bytes]:
    with (cluster.data.parent / "log").open("ab") as log:
        return cluster.start(log)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Crashing]:
    """With two hundred subscriptions whose second payment falls due."""
    with temporary_cluster(DURABLE) as cluster:
        crashing = Crashing(cluster, start(cluster))
        try:
            migrate(crashing.url)
            app = create_app(settings_for(crashing.url, tmp_path))
            with app.app_context(), Session(db.engine) as session, session.begin():
                began = at_sao_paulo(DAY.replace(month=6, day=1), 12)
                contract = make_contract(session, make_house(session), state=ContractState.ACTIVE, now=began)
                copy_subscriptions(session, contract.id, count=MANY - 1)
            with app.app_context():
                db.engine.dispose()
            yield crashing
        finally:
            stop(crashing.process)


def rows(session: Session) -> list[Any]:
    return list(session.execute(text(ROWS)).all())


class TestADatabaseThatCrashesUnderBilling:
    @pytest.mark.deep
    @pytest.mark.parametrize("times", [2, 10])
    def test_leaves_a_run_that_the_next_one_finishes(self, server: Crashing, times: int) -> None:
        moments = random.Random(20260705)  # noqa: S311 - no secret
        for _ in range(times):
            running = [begin_at(server.url) for _ in range(RUNS_AT_ONCE)]
            time.sleep(moments.uniform(0, 0.6))
            server.crash()
            for process in running:
                process.kill()
                process.wait()
        end(begin_at(server.url))
        engine = create_engine(server.url, poolclass=NullPool)
        with Session(engine) as session:
            made = rows(session)
            assert len({row[0] for row in made}) == len(made) == MANY
            assert len({tuple(row[1:]) for row in made}) == 1, "all alike"
            assert made[0][14:] == (1, 1, 1), "one posting, one boleto, one mail"
            assert session.scalar(select(func.count()).where(BillingChunk.done_at.is_(None))) == 0
            assert session.scalar(select(func.max(Invoice.number))) == MANY + 1, "no number left out"
            assert find_missing_numbers(session) == []
            assert find_broken_sums(session) == [] == find_broken_receivables(session)
