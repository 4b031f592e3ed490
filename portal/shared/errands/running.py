"""Running errands: claimed, prepared in a transaction, done in none, settled in another."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, Select, or_, select
from sqlalchemy.orm import Session

from portal.shared.errands.kinds import Lane, TryLater, kinds
from portal.shared.errands.rows import Errand
from portal.shared.logging import where_it_failed

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # longer than any one call to the outside may take
GIVE_UP_AFTER = timedelta(days=1)
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 900, 1800))

type Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class _Claim:
    """An errand in hand."""

    id: int
    lease: str
    rounds: int
    kind: str
    subject_id: int


def run_next_errand(engine: Engine, lane: Lane, *, clock: Clock, lease_for: timedelta = LEASE) -> bool:
    """Run the errand of a lane that has been due longest; False when none is due. An edge: it commits."""
    with Session(engine) as session:
        errand_id = session.scalar(_due(lane, clock()).limit(1))
    if errand_id is None:
        return False
    claim = _claim(engine, lane, clock=clock, lease_for=lease_for)
    if claim is None:
        return False
    try:
        request = _prepare(engine, claim, now=clock())
        if request is not None:
            _settle(engine, claim, kinds()[claim.kind].do(request), now=clock())
    except Exception as error:  # noqa: BLE001 - whatever it was, the errand is due again
        _record_failure(engine, claim, error, now=clock())
    return True


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
    )


def _claim(engine: Engine, lane: Lane, *, clock: Clock, lease_for: timedelta) -> _Claim | None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        now = clock()
        errand_id = session.scalar(_due(lane, now).limit(1).with_for_update(skip_locked=True))
        if errand_id is None:
            return None
        row = session.get_one(Errand, errand_id)
        row.lease, row.leased_until = uuid4().hex, now + lease_for
        row.attempts += 1
        return _Claim(row.id, row.lease, row.rounds, row.kind, row.subject_id)


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
        if row is None:  # somebody took over after our lease: what counts is what he finds
            session.rollback()
            return
        _close(row, rounds=claim.rounds, now=now)
        session.commit()


def _held(session: Session, claim: _Claim) -> Errand | None:
    """The errand's row while the lease is ours. Taken last: whoever promises it holds other rows already."""
    held = select(Errand).where(Errand.id == claim.id, Errand.lease == claim.lease)
    return session.scalar(held.with_for_update())


def _close(row: Errand, *, rounds: int, now: datetime) -> None:
    row.lease = row.leased_until = None
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
        row.lease = row.leased_until = None
        row.next_attempt_at = now + BACKOFF[min(row.attempts, len(BACKOFF)) - 1]
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
