"""The worker: a process of its own, with threads for each lane of the queue and one for the schedule.

Any number of them may run over one database, on as many machines. Nothing is kept in memory, so a worker may
be killed at any time: `presence.py` tells the others.
"""

import logging
import os
import platform
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from flask import Flask
from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.shared import clock
from portal.shared.db import db
from portal.shared.queue import LEASE, Claimant, Lane, next_due_at, run_next_job
from portal.shared.schedule.presence import Presence
from portal.shared.schedule.rows import QueueWorker
from portal.shared.schedule.work import log_fault, plan_jobs, run_due_job

log = logging.getLogger(__name__)

PULSE_S = 15.0
OWN_LOOPS = "portal.own_loops"  # an extension: more steps of this app's worker by name, each in a thread
STOP_TIMEOUT_S = 12.0  # longer than one answer of the mail server is waited for
THREADS = {
    Lane.MAIL: 4,
    Lane.CARD: 2,
    Lane.BANK: 2,
    Lane.PAPER: 1,
    Lane.BILLING: 1,
    Lane.TAX: 2,
    Lane.WHATSAPP: 4,
    Lane.DEFAULT: 4,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Threads a lane, how often a worker looks for work nobody rang for, how long a lease lasts."""

    threads: Mapping[Lane, int] = field(default_factory=lambda: THREADS)
    poll_s: float = 5.0
    lease: timedelta = LEASE


class Wakeup:
    """Rung when there may be work: a thread notes `rings`, looks, and waits for the next ring."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How often it was rung."""
        return self._rings

    def ring(self) -> None:
        """Wake all who wait."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, *, since: int, timeout_s: float) -> None:
        """Return when it was rung after `since` rings, or the time is up."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != since, timeout_s)


class Worker:
    """The threads of this process."""

    def __init__(self, app: Flask, pace: Pace) -> None:
        with app.app_context():
            self.engine: Engine = db.engine
        self.app, self.pace = app, pace
        self.name = f"{platform.node()}:{os.getpid()}"
        self.stopping, self.wakeup = threading.Event(), Wakeup()
        self.id = 0
        self.threads: list[threading.Thread] = []

    def start(self) -> None:
        """Plan the jobs, then begin.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database is away or has no tables.
        """
        now = clock.now()
        with self.app.app_context():
            plan_jobs(self.engine, now=now)
        with Session(self.engine) as session, session.begin():
            row = QueueWorker(name=self.name, started_at=now, seen_at=now)
            session.add(row)
            session.flush()
            self.id = row.id
        self.presence = Presence(self.engine, self.id, ring=self.wakeup.ring)
        self.presence.start()
        self._start_threads()

    def _start_threads(self) -> None:
        loops: list[tuple[str, Callable[[], None]]] = [("schedule", self._run_jobs), ("pulse", self._pulse)]
        own: Mapping[str, Callable[[Engine], bool]] = self.app.extensions.get(OWN_LOOPS, {})
        loops += [
            (name, partial(self._repeat, partial(step, self.engine), pause_s=lambda: 1.0))
            for name, step in own.items()
        ]
        for lane, count in self.pace.threads.items():
            loops += [(f"{lane}-{number}", partial(self._run_queue, lane)) for number in range(1, count + 1)]
        for name, loop in loops:
            thread = threading.Thread(target=loop, name=f"queue-{name}", daemon=True)
            self.threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Finish what is being done, begin nothing new. What does not end in time is undone and due again."""
        self.stopping.set()
        self.wakeup.ring()
        for thread in self.threads:
            thread.join(STOP_TIMEOUT_S)
        self.presence.stop(STOP_TIMEOUT_S)

    def _run_jobs(self) -> None:
        self._repeat(lambda: run_due_job(self.engine, clock=clock.now), pause_s=lambda: 1.0)

    def _run_queue(self, lane: Lane) -> None:
        claimant = Claimant(worker_id=self.id, lease_for=self.pace.lease)
        self._repeat(
            lambda: run_next_job(self.engine, lane, clock=clock.now, claimant=claimant),
            pause_s=lambda: self._pause_s(lane),
        )

    def _pause_s(self, lane: Lane) -> float:
        """Until the next job of the lane is due, at most until the next look."""
        due = next_due_at(self.engine, lane)
        left = (due - clock.now()).total_seconds() if due else self.pace.poll_s
        return min(max(left, 0.05), self.pace.poll_s)

    def _repeat(self, step: Callable[[], bool], *, pause_s: Callable[[], float]) -> None:
        """Step while there is work, else pause; a fault (the database away) costs a pause, not the worker."""
        while True:
            rings = self.wakeup.rings
            if self.stopping.is_set():
                return
            if not self._survives(step, fallback=False):
                self.wakeup.wait(since=rings, timeout_s=self._survives(pause_s, fallback=1.0))

    def _pulse(self) -> None:
        while not self.stopping.wait(PULSE_S):
            self._survives(self._beat, fallback=None)

    def _survives[T](self, step: Callable[[], T], *, fallback: T) -> T:
        try:
            with self.app.app_context():
                return step()
        except SQLAlchemyError as error:
            log.warning("the queue waits for the database: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the worker outlives any single fault
            log_fault("thread", threading.current_thread().name, error)
        return fallback

    def _beat(self) -> None:
        with Session(self.engine) as session, session.begin():
            beat = update(QueueWorker).where(QueueWorker.id == self.id)
            session.execute(beat.values(seen_at=clock.now()))


def launch(app: Flask, pace: Pace | None = None) -> None:
    """Start this process's worker; once.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database is away or has no tables.
    """
    if "portal.worker" in app.extensions:
        return
    worker = Worker(app, pace or Pace())
    worker.start()
    app.extensions["portal.worker"] = worker


def shutdown(app: Flask) -> None:
    """Stop this process's worker, if it has one."""
    worker: Worker | None = app.extensions.pop("portal.worker", None)
    if worker:
        worker.stop()
