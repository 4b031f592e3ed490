"""Running errands: claimed, prepared in a transaction, done in none, settled in another."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Select, func, or_, select, update
from sqlalchemy.orm import Session

from portal.shared.errands.kinds import Lane, TryLater, kinds
from portal.shared.errands.rows import Errand
from portal.shared.logging import where_it_failed

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
    """An errand in hand."""

    id: int
    lease: str
    rounds: int
    kind: str
    subject_id: int


PASSING = Claimant()


def run_next_errand(engine: Engine, lane: Lane, *, clock: Clock, claimant: Claimant = PASSING) -> bool:
    """Run the errand of a lane that has been due longest; False when none is due. An edge: it commits."""
    claim = _claim(engine, lane, clock=clock, claimant=claimant)
    if claim is None:
        return False
    try:
        request = _prepare(engine, claim, now=clock())
        if request is not None:
            _settle(engine, claim, kinds()[claim.kind].do(request), now=clock())
    except Exception as error:  # noqa: BLE001 - whatever it was, the errand is due again
        _record_failure(engine, claim, error, now=clock())
    return True


def next_due_at(engine: Engine, lane: Lane) -> datetime | None:
    """When the next errand of a lane is due that nobody holds; for a worker with nothing to do."""
    with Session(engine) as session:
        return session.scalar(
            select(func.min(Errand.next_attempt_at)).where(
                Errand.state == "waiting", Errand.lane == lane, Errand.lease.is_(None)
            )
        )


def _due(lane: Lane, now: datetime) -> Select[int]:
    return (
        select(Errand.id)
        .where(
            Errand.state == "waiting",
            Errand.lane == lane,
            Errand.next_attempt_at <= now,
            or_(Errand.leased_until.is_(None), Errand.leased_until <= now),
        )
        .order_by(Errand.next_attempt_at, Errand.id)
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
        "attempts": Errand.attempts + 1,
    }
    claim = update(Errand).where(Errand.id == _due(lane, now).scalar_subquery()).values(**values)
    with Session(engine) as session, session.begin():
        columns = (Errand.id, Errand.rounds, Errand.kind, Errand.subject_id)
        row = session.execute(claim.returning(*columns)).first()
    return _Claim(row.id, lease, row.rounds, row.kind, row.subject_id) if row else None


def _prepare(engine: Engine, claim: _Claim, *, now: datetime) -> Any:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        request = kinds()[claim.kind].prepare(session, claim.subject_id, now=now)
        session.flush()
        if request is None and (row := _held(session, claim)):
            _close(row, rounds=claim.rounds, now=now)
        return request


def _settle(engine: Engine, claim: _Claim, outcome: Any, *, now: datetime) -> None:
    with Session(engine) as session:
        kinds()[claim.kind].settle(session, claim.subject_id, outcome, now=now)
        session.flush()
        row = _held(session, claim)
        if row is None:  # another worker took over: its result counts
            session.rollback()
            return
        _close(row, rounds=claim.rounds, now=now)
        session.commit()


def _held(session: Session, claim: _Claim) -> Errand | None:
    """The errand's row while the lease is ours. Taken last: whoever enqueues it holds other rows already."""
    held = select(Errand).where(Errand.id == claim.id, Errand.lease == claim.lease)
    return session.scalar(held.with_for_update())


def _let_go(row: Errand) -> None:
    row.lease = row.leased_until = row.worker_id = None


def _close(row: Errand, *, rounds: int, now: datetime) -> None:
    _let_go(row)
    row.last_error = ""
    if row.rounds == rounds:  # else it was asked for again meanwhile
        row.state, row.finished_at = "done", now


def _record_failure(engine: Engine, claim: _Claim, error: BaseException, *, now: datetime) -> None:
    with Session(engine) as session, session.begin():
        row = _held(session, claim)
        if row is None:
            return
        expected = isinstance(error, TryLater)
        row.last_error = str(error) if expected else type(error).__name__
        log.warning("errand %s %s waits: %s", row.kind, row.subject_id, row.last_error)
        if not expected:
            log.error("errand %s failed: %s", row.kind, where_it_failed(error))
        _let_go(row)
        waits = kinds()[row.kind].waits
        row.next_attempt_at = now + waits[min(row.attempts, len(waits)) - 1]
        if now - row.asked_at >= GIVE_UP_AFTER:
            row.state, row.finished_at = "failed", now
            if give_up := kinds()[row.kind].give_up:
                give_up(session, row.subject_id, now=now)


def run_all(engine: Engine, *, clock: Clock) -> int:
    """Run what is due in every lane until nothing is; how many. For commands and tests."""
    count = 0
    while any(run_next_errand(engine, lane, clock=clock) for lane in Lane):
        count += 1
    return count
