"""Moving the clock: every stop on the way is lived, in order. An edge: it reads the clock and commits.

At each stop the clock stands still until every job of the timetable that is due then has run and the queue
is empty of what is due. Workers that run help: a job runs once, whoever takes it. One process moves at a
time, which holds a lock of the database; killed, another goes on where it stopped.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial

from flask import g
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.demo.clock.desk import keep_desk
from portal.demo.clock.operations import arrive, stop_at
from portal.demo.clock.queries import find_move
from portal.demo.clock.rules import stops
from portal.shared import clock
from portal.shared.demo_clock import ClockMove
from portal.shared.queue import Claimant, QueuedJob, run_first_due
from portal.shared.schedule import ScheduledJob, timetable
from portal.shared.schedule.work import log_fault, plan_jobs, run_due_job

log = logging.getLogger(__name__)

MOVER = 0x434C4B  # the advisory lock of who moves the clock
PATIENCE_S = 60.0  # with what somebody else has in hand; then the clock goes on
PAUSE_S = 0.02
DESK_HOUR = 12  # finance works at noon
BRIEFLY = Claimant(lease_for=timedelta(minutes=2))

type Tell = Callable[[datetime, datetime], None]
type Before = Callable[[datetime], None]


def move_on(engine: Engine, *, tell: Tell | None = None, before: Before | None = None) -> bool:
    """Do the journey that was asked for; False when there is none, or somebody else does it.

    `before` is called before each stop with it, `tell` after it with the one before and it. What goes wrong
    ends the journey there.
    """
    with _alone(engine) as is_mine:
        if not is_mine:
            return False
        move = _move(engine)
        if move is None:
            return False
        try:
            _travel(engine, move, tell, before)
        except DBAPIError:
            raise  # the database is away: the journey goes on when it is back
        except Exception as error:  # noqa: BLE001 - the portal is not to stand still for good
            log_fault("clock", str(move.id), error)
        _change(engine, arrive)
    return True


def _travel(engine: Engine, move: ClockMove, tell: Tell | None, before: Before | None) -> None:
    last = _read_anew()
    plan_jobs(engine, now=last)
    work_off(engine)  # what a killed process left at its last stop, before the clock goes on
    whens = [when for _job, when in timetable()]
    for at in stops(whens, after=max(last, move.reached_at), until=move.until_at):
        if before:
            before(at)
        _change(engine, partial(_stop, at))
        work_off(engine)
        if move.keeps_desk and at.astimezone(clock.SAO_PAULO).hour == DESK_HOUR and at < move.until_at:
            _change(engine, _keep_desk)
            work_off(engine)
        if tell:
            tell(last, at)
        last = at


def _stop(at: datetime, session: Session, move: ClockMove) -> None:
    stop_at(session, move, at=at, now=clock.now())


def _keep_desk(session: Session, _move: ClockMove) -> None:
    keep_desk(session, now=clock.now())


def work_off(engine: Engine) -> None:
    """Run what is due until nothing is, in the schedule first; wait for what others have in hand."""
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if run_due_job(engine, clock=clock.now) or run_first_due(engine, clock=clock.now, claimant=BRIEFLY):
            give_up = time.monotonic() + PATIENCE_S
        elif _is_idle(engine):
            return
        else:
            time.sleep(PAUSE_S)
    log.warning("the clock goes on with work left at %s", clock.now().isoformat())


def _is_idle(engine: Engine) -> bool:
    now, names = clock.now(), [job.name for job, _when in timetable()]
    queued = select(QueuedJob.id).where(QueuedJob.state == "waiting", QueuedJob.next_attempt_at <= now)
    planned = select(ScheduledJob.name).where(ScheduledJob.next_run_at <= now, ScheduledJob.name.in_(names))
    with Session(engine) as session:
        return not session.scalar(select(queued.exists() | planned.exists()))


def _move(engine: Engine) -> ClockMove | None:
    with Session(engine, expire_on_commit=False) as session:
        return find_move(session)


def _change(engine: Engine, step: Callable[[Session, ClockMove], None]) -> None:
    with Session(engine) as session, session.begin():
        move = find_move(session)
        if move is not None:
            step(session, move)


def _read_anew() -> datetime:
    g.pop("demo_clock", None)
    return clock.now()


@contextmanager
def _alone(engine: Engine) -> Iterator[bool]:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        is_mine = bool(connection.scalar(select(func.pg_try_advisory_lock(MOVER))))
        try:
            yield is_mine
        finally:
            if is_mine:
                connection.scalar(select(func.pg_advisory_unlock(MOVER)))
