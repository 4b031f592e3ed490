"""The chunks of a billing run done by one worker process, then those of the next month by two at once.

Workers take chunks from the queue as in production; the clock runs from the moment all are ready to the last
one's end. `python -m bench.workers` measures and prints it.
"""

import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.billing import WARM_UP, analyze, bill, filled
from portal.app import create_app
from portal.invoices.models import BillingRun, Invoice
from portal.invoices.operations.billing_runs import plan_run
from portal.invoices.queries.billing_runs import find_run
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.shared.queue import Lane, run_next_job
from tests.support.application import settings_for
from tools.postgres.temporary import DURABLE, temporary_server

COUNT = 30_000
DAYS = {1: date(2026, 8, 5), 2: date(2026, 9, 5)}


@dataclass(frozen=True, slots=True)
class WorkersFigures:
    """Seconds that one worker and two took for `count` subscriptions."""

    count: int
    one_s: float
    two_s: float

    @property
    def gain(self) -> float:
        """How many times as fast two are."""
        return self.one_s / self.two_s


def measure_workers() -> WorkersFigures:
    """One worker, then two."""
    with temporary_server(DURABLE) as url, filled(url, COUNT) as app, app.app_context():
        bill(WARM_UP)
        took = {}
        for workers, day in DAYS.items():
            analyze()
            plan_run(db.session, day=day, now=_morning(day))
            db.session.commit()
            took[workers] = _work(url, workers, day)
            _require_whole(db.session, day)
        return WorkersFigures(COUNT, took[1], took[2])


def _work(url: str, workers: int, day: date) -> float:
    command = [sys.executable, "-m", "bench.workers", url, day.isoformat()]
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            )
            for _ in range(workers)
        ]
        for each in running:
            _hear(each)
        began = time.perf_counter()
        for each in running:
            assert each.stdin  # noqa: S101 - it is a pipe, see above
            each.stdin.write("go\n")
            each.stdin.flush()
        for each in running:
            _hear(each)
        return time.perf_counter() - began


def _hear(process: "subprocess.Popen[str]") -> None:
    """Wait for a word of a worker."""
    assert process.stdout  # noqa: S101 - it is a pipe
    if not process.stdout.readline():
        raise RuntimeError("a worker ended early")


def _carry_out(url: str, day: date) -> None:
    """Be a worker: ready, wait for the word, do what is in the queue, say so."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            now = _morning(day)
            db.session.scalars(select(BillingRun)).all()
            db.session.commit()
            print("ready", flush=True)
            sys.stdin.readline()
            while run_next_job(db.engine, Lane.BILLING, clock=lambda: now):
                pass
            print("done", flush=True)


def _require_whole(session: Session, day: date) -> None:
    run = find_run(session, day)
    made = select(func.count(), func.count(Invoice.contract_id.distinct())).where(
        Invoice.issued_at == _morning(day)
    )
    found = session.execute(made).one()
    session.commit()
    if run is None or tuple(found) != (COUNT, COUNT):
        raise AssertionError(f"invoices, contracts: {tuple(found)} of {COUNT}")


def _morning(day: date) -> datetime:
    return at_sao_paulo(day, 6)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        _carry_out(sys.argv[1], date.fromisoformat(sys.argv[2]))
    else:
        figures = measure_workers()
        print(figures, f"{figures.gain:.2f} ×")
