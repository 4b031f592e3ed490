"""The worker: six threads in a process, beside the web server or alone.

Several processes may run it over one database. Nothing is kept in memory, so it may be killed at any time.
"""

import logging
import os
import platform
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from flask import Flask
from sqlalchemy import Engine, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.shared import clock
from portal.shared.db import db
from portal.shared.errands import LEASE, Lane, run_next_errand
from portal.shared.jobs.rows import QueueWorker
from portal.shared.jobs.work import log_fault, plan_jobs, run_due_job
from portal.shared.mail_delivery import MAIL_LEASE, deliver_next_mail
from portal.shared.queueing import insert_once, work_bell

log = logging.getLogger(__name__)

PULSE_S = 15.0
STOP_TIMEOUT_S = 12.0  # longer than one answer of the mail server is waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the worker looks for work nobody told it of, and how long it may keep a mail or an errand."""

    poll_s: float = 1.0
    mail_lease: timedelta = MAIL_LEASE
    errand_lease: timedelta = LEASE


class Worker:
    """The threads of this process."""

    def __init__(self, app: Flask, pace: Pace) -> None:
        with app.app_context():
            self.engine: Engine = db.engine
        self.app, self.pace = app, pace
        self.name = f"{platform.node()}:{os.getpid()}"
        self.started_at = clock.now()
        self.stopping = threading.Event()
        loops = {"mail": self._deliver_mail, "jobs": self._run_jobs, "pulse": self._pulse}
        loops |= {lane.value: partial(self._run_errands, lane) for lane in Lane}
        self.threads = [
            threading.Thread(target=loop, name=f"queue-{name}", daemon=True) for name, loop in loops.items()
        ]

    def start(self) -> None:
        """Plan the jobs, then begin.

        Raises:
            sqlalchemy.exc.SQLAlchemyError: the database is away or has no tables.
        """
        with self.app.app_context():
            plan_jobs(self.engine, now=self.started_at)
        self._beat()
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Finish what is being done, begin nothing new. What does not end in time is undone and due again."""
        self.stopping.set()
        work_bell.ring()
        for thread in self.threads:
            thread.join(STOP_TIMEOUT_S)

    def _deliver_mail(self) -> None:
        self._repeat(lambda: deliver_next_mail(self.engine, clock=clock.now, lease_for=self.pace.mail_lease))

    def _run_jobs(self) -> None:
        self._repeat(lambda: run_due_job(self.engine, clock=clock.now))

    def _run_errands(self, lane: Lane) -> None:
        self._repeat(
            lambda: run_next_errand(self.engine, lane, clock=clock.now, lease_for=self.pace.errand_lease)
        )

    def _repeat(self, step: Callable[[], bool]) -> None:
        """Step while there is work, else pause; a fault (the database away) costs a pause, not the worker."""
        while True:
            rings = work_bell.rings
            if self.stopping.is_set():
                return
            if not self._survives(step):
                work_bell.wait(since=rings, timeout_s=self.pace.poll_s)

    def _pulse(self) -> None:
        while not self.stopping.wait(PULSE_S):
            self._survives(self._beat)

    def _survives(self, step: Callable[[], bool]) -> bool:
        try:
            with self.app.app_context():
                return step()
        except SQLAlchemyError as error:
            log.warning("the queue waits for the database: %s", type(error).__name__)
        except Exception as error:  # noqa: BLE001 - the worker outlives any single fault
            log_fault("thread", threading.current_thread().name, error)
        return False

    def _beat(self) -> bool:
        now = clock.now()
        values = {"name": self.name, "started_at": self.started_at, "seen_at": now}
        with Session(self.engine) as session, session.begin():
            if not insert_once(session, QueueWorker, key="name", values=values):
                session.execute(update(QueueWorker).where(QueueWorker.name == self.name).values(seen_at=now))
        return False


def launch(app: Flask, pace: Pace | None = None) -> None:
    """Start this process's worker; once. Call it after the process has forked.

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
