"""Running queued jobs: claimed, prepared in a transaction, called in none, recorded in another."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Engine, Select, and_, func, or_, select, update
from sqlalchemy.orm import Session

from portal.shared.logging import where_it_failed
from portal.shared.queue.kinds import Lane, NotYet, TryLater, kinds
from portal.shared.queue.rows import QueuedJob

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # longer than any one call to the outside may take
GIVE_UP_AFTER = timedelta(days=1)

type Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimant:
    """Who claims: a worker by its id, or somebody who passes by (a command, a test), for so long at most."""

    worker_id: int | None = None
    lease_for: timedelta = LEASE


@dataclass(frozen=True, slots=True)
class _Claim:
    """A job in hand."""

    id: int
    lease: str
    run_count: int
    kind: str
    subject_id: int


PASSING = Claimant()


def run_next_job(engine: Engine, lane: Lane, *, clock: Clock, claimant: Claimant = PASSING) -> bool:
    """Run the job of a lane that has been due longest; False when none is due. An edge: it commits."""
    claim = _claim(engine, lane, clock=clock, claimant=claimant)
    if claim is None:
        return False
    try:
        request = _before(engine, claim, now=clock())
        if request is not None:
            _record(engine, claim, kinds()[claim.kind].call(request), now=clock())
    except Exception as error:  # noqa: BLE001 - whatever it was, the job is due again
        _record_failure(engine, claim, error, now=clock())
    return True


def next_due_at(engine: Engine, lane: Lane) -> datetime | None:
    """When the next job of a lane is due that nobody holds; for a worker with nothing to do."""
    with Session(engine) as session:
        return session.scalar(
            select(func.min(QueuedJob.next_attempt_at)).where(
                QueuedJob.state == "waiting", QueuedJob.lane == lane, QueuedJob.lease.is_(None)
            )
        )


def _is_due(now: datetime) -> ColumnElement[bool]:
    return and_(
        QueuedJob.state == "waiting",
        QueuedJob.next_attempt_at <= now,
        or_(QueuedJob.leased_until.is_(None), QueuedJob.leased_until <= now),
    )


def _due(lane: Lane, now: datetime) -> Select[int]:
    return (
        select(QueuedJob.id)
        .where(_is_due(now), QueuedJob.lane == lane)
        .order_by(QueuedJob.next_attempt_at, QueuedJob.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _claim(engine: Engine, lane: Lane, *, clock: Clock, claimant: Claimant) -> _Claim | None:
    """One statement: the row is found, locked and leased at once."""
    now, lease = clock(), uuid4().hex
    values = {
        "lease": lease,
        "leased_until": now + claimant.lease_for,
        "worker_id": claimant.worker_id,
        "attempts": QueuedJob.attempts + 1,
    }
    claim = update(QueuedJob).where(QueuedJob.id == _due(lane, now).scalar_subquery()).values(**values)
    with Session(engine) as session, session.begin():
        columns = (QueuedJob.id, QueuedJob.run_count, QueuedJob.kind, QueuedJob.subject_id)
        row = session.execute(claim.returning(*columns)).first()
    return _Claim(row.id, lease, row.run_count, row.kind, row.subject_id) if row else None


def _before(engine: Engine, claim: _Claim, *, now: datetime) -> Any:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        request = kinds()[claim.kind].before(session, claim.subject_id, now=now)
        session.flush()
        if request is None and (row := _held(session, claim)):
            _close(row, run_count=claim.run_count, now=now)
        return request


def _record(engine: Engine, claim: _Claim, outcome: Any, *, now: datetime) -> None:
    with Session(engine) as session:
        kinds()[claim.kind].record(session, claim.subject_id, outcome, now=now)
        session.flush()
        row = _held(session, claim)
        if row is None:  # another worker took over: its result counts
            session.rollback()
            return
        _close(row, run_count=claim.run_count, now=now)
        session.commit()


def _held(session: Session, claim: _Claim) -> QueuedJob | None:
    """The job's row while the lease is ours. Taken last: whoever enqueues it holds other rows already."""
    held = select(QueuedJob).where(QueuedJob.id == claim.id, QueuedJob.lease == claim.lease)
    return session.scalar(held.with_for_update())


def _let_go(row: QueuedJob) -> None:
    row.lease = row.leased_until = row.worker_id = None


def _close(row: QueuedJob, *, run_count: int, now: datetime) -> None:
    _let_go(row)
    row.last_error = ""
    if row.run_count == run_count:  # else it was asked for again meanwhile
        row.state, row.finished_at = "done", now


def _record_failure(engine: Engine, claim: _Claim, error: BaseException, *, now: datetime) -> None:
    with Session(engine) as session, session.begin():
        row = _held(session, claim)
        if row is None:
            return
        expected = isinstance(error, TryLater)
        row.last_error = str(error) if expected else type(error).__name__
        log.warning("job %s %s waits: %s", row.kind, row.subject_id, row.last_error)
        if not expected:
            log.error("job %s failed: %s", row.kind, where_it_failed(error))
        _let_go(row)
        waits = kinds()[row.kind].waits
        if isinstance(error, NotYet):
            row.next_attempt_at = row.enqueued_at = error.until
            return
        row.next_attempt_at = now + waits[min(row.attempts, len(waits)) - 1]
        if now - row.enqueued_at >= GIVE_UP_AFTER:
            row.state, row.finished_at = "failed", now
            if on_failure := kinds()[row.kind].on_failure:
                on_failure(session, row.subject_id, now=now)


def run_first_due(engine: Engine, *, clock: Clock, claimant: Claimant = PASSING) -> bool:
    """Run a job of the first lane in which one is due; False when none is. For who works for all lanes."""
    lanes = _lanes_due(engine, now=clock())
    return any(run_next_job(engine, lane, clock=clock, claimant=claimant) for lane in lanes)


def run_all(engine: Engine, *, clock: Clock) -> int:
    """Run what is due in every lane until nothing is; how many. For commands and tests."""
    count = 0
    while run_first_due(engine, clock=clock):
        count += 1
    return count


def _lanes_due(engine: Engine, *, now: datetime) -> list[Lane]:
    """In their order. One question: to ask each lane for a job takes longer than many a job."""
    with Session(engine) as session:
        due = set(session.scalars(select(QueuedJob.lane).where(_is_due(now)).distinct()))
    return [lane for lane in Lane if lane in due]
