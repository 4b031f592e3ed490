"""Errands: work after a commit that takes long or reaches outside, such as a charge or a sealed file.

An errand is a row, promised in the transaction of its cause. The worker claims it by a lease and *prepares*
it in one transaction, *does* it in none, and *settles* it in another. So nothing slow holds a lock, and a
process killed anywhere leaves a row that is due again when its lease ends.

Because a kill may fall between doing and settling, doing may happen twice. `prepare` therefore stores what
identifies the work (the key of an outgoing call) before it is done, and looks first whether it was done.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from flask import Flask, current_app
from sqlalchemy import (
    CheckConstraint,
    Engine,
    Index,
    Select,
    UniqueConstraint,
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.shared.db import Base, id_column, insert_into, read_only
from portal.shared.logging import where_it_failed
from portal.shared.queueing import promise_work
from portal.shared.refusals import Conflict, Missing

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)  # longer than any one call to the outside may take
GIVE_UP_AFTER = timedelta(days=1)
LATE_AFTER = timedelta(minutes=5)
BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 900, 1800))

type Clock = Callable[[], datetime]


class Lane(StrEnum):
    """Each lane has a worker thread of its own: a slow card processor holds up no document."""

    OUTSIDE = "outside"
    PAPER = "paper"


class TryLater(Exception):
    """It cannot be done now, by no fault of ours; the message is for the health page: no personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandKind:
    """What is done for the row `subject_id` of some table. `title` is what the health page calls it.

    `prepare(session, subject_id, now=…)` gives what `do` needs, or None when nothing is left to do.
    `do(request)` runs outside of any transaction and gives the outcome; it may raise `TryLater`.
    `settle(session, subject_id, outcome, now=…)` writes it down, once.
    `give_up(session, subject_id, now=…)` says so after a day of trying; None leaves it to the health page.
    """

    name: str
    title: str
    lane: Lane
    prepare: Callable[..., Any]
    do: Callable[[Any], Any]
    settle: Callable[..., None]
    give_up: Callable[..., None] | None = None


class Errand(Base):
    """One errand. Promised again while it runs (`rounds`), it runs once more."""

    __tablename__ = "errands"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),
        Index("ix_errands_state_lane_next_attempt_at", "state", "lane", "next_attempt_at"),
    )

    id: Mapped[int] = id_column()
    kind: Mapped[str]
    lane: Mapped[str]
    subject_id: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    rounds: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    lease: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandHealth:
    """The errands in figures, for the health page."""

    waiting: int
    failed: int
    oldest_asked_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Claim:
    """An errand in hand."""

    id: int
    lease: str
    rounds: int
    kind: ErrandKind
    subject_id: int
    request: Any


def init_app(app: Flask, *, kinds: Iterable[ErrandKind]) -> None:
    """Give the app its kinds of errands.

    Raises:
        ValueError: two bear one name.
    """
    entries = tuple(kinds)
    by_name = {kind.name: kind for kind in entries}
    if len(by_name) < len(entries):
        raise ValueError("two kinds of errands bear one name")
    app.extensions["portal.errands"] = by_name


def promise(
    session: Session, kind: str, *, subject_id: int, now: datetime, not_before: datetime | None = None
) -> None:
    """Have an errand run after this transaction, or once more if it runs or ran already.

    Raises:
        LookupError: no errand is called `kind`.
    """
    due = not_before or now
    values = {
        "kind": kind,
        "lane": _kinds()[kind].lane,
        "subject_id": subject_id,
        "next_attempt_at": due,
        "asked_at": now,
    }
    again = {
        "state": "waiting",
        "rounds": Errand.rounds + 1,
        "attempts": 0,
        "next_attempt_at": due,
        "asked_at": now,
        "last_error": "",
        "finished_at": None,
    }
    insert = insert_into(session, Errand).values(**values)
    session.execute(insert.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=again))
    promise_work(session)


def is_waiting(session: Session, kind: str, subject_id: int) -> bool:
    """Whether this errand is still to be done: a page that shows progress asks."""
    state = session.scalar(select(Errand.state).filter_by(kind=kind, subject_id=subject_id))
    return state == "waiting"


def errand_health(session: Session) -> ErrandHealth:
    """How many errands wait, since when, and how many were given up."""
    rows = session.execute(
        select(Errand.state, func.count(), func.min(Errand.asked_at))
        .where(Errand.state != "done")
        .group_by(Errand.state)
    )
    by_state = {state: (count, oldest) for state, count, oldest in rows}
    waiting, oldest = by_state.get("waiting", (0, None))
    failed, _oldest = by_state.get("failed", (0, None))
    return ErrandHealth(waiting=waiting, failed=failed, oldest_asked_at=oldest)


def run_next_errand(engine: Engine, lane: Lane, *, clock: Clock, lease_for: timedelta = LEASE) -> bool:
    """Run the errand of a lane that has been due longest; False when none is due. An edge: it commits."""
    with read_only(), Session(engine) as session:
        errand_id = session.scalar(_due(lane, clock()).limit(1))
    if errand_id is None:
        return False
    try:
        claim = _claim(engine, lane, clock=clock, lease_for=lease_for)
    except _Unprepared as fault:
        _record_failure(engine, fault.errand_id, None, fault.__cause__ or fault, now=clock())
        return True
    if claim is None or claim.request is None:
        return claim is not None
    try:
        outcome = claim.kind.do(claim.request)
        _settle(engine, claim, outcome, now=clock())
    except Exception as error:  # noqa: BLE001 - whatever it was, the errand is due again
        _record_failure(engine, claim.id, claim.lease, error, now=clock())
    return True


class _Unprepared(Exception):
    """Preparing failed; the cause says why."""

    def __init__(self, errand_id: int) -> None:
        super().__init__(errand_id)
        self.errand_id = errand_id


def _kinds() -> dict[str, ErrandKind]:
    kinds: dict[str, ErrandKind] = current_app.extensions["portal.errands"]
    return kinds


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
        session.flush()
        try:
            kind = _kinds()[row.kind]
            request = kind.prepare(session, row.subject_id, now=now)
            session.flush()
        except Exception as error:
            raise _Unprepared(errand_id) from error
        if request is None:
            _close(row, rounds=row.rounds, now=now)
        return _Claim(row.id, row.lease or "", row.rounds, kind, row.subject_id, request)


def _settle(engine: Engine, claim: _Claim, outcome: Any, *, now: datetime) -> None:
    with Session(engine) as session, session.begin():
        held = select(Errand).where(Errand.id == claim.id, Errand.lease == claim.lease)
        row = session.scalar(held.with_for_update())
        if row is None:  # somebody took over after our lease: he finds out by looking first
            return
        claim.kind.settle(session, claim.subject_id, outcome, now=now)
        session.flush()
        session.refresh(row)
        _close(row, rounds=claim.rounds, now=now)


def _close(row: Errand, *, rounds: int, now: datetime) -> None:
    row.lease = row.leased_until = None
    row.last_error = ""
    if row.rounds == rounds:  # else it was asked for again meanwhile
        row.state, row.finished_at = "done", now


def _record_failure(
    engine: Engine, errand_id: int, lease: str | None, error: BaseException, *, now: datetime
) -> None:
    with Session(engine) as session, session.begin():
        row = session.get(Errand, errand_id, with_for_update=True)
        if row is None or (lease and row.lease != lease):
            return
        if lease is None:  # its claim was rolled back
            row.attempts += 1
        expected = isinstance(error, TryLater)
        row.last_error = str(error) if expected else type(error).__name__
        log.warning("errand %s %s waits: %s", row.kind, row.subject_id, row.last_error)
        if not expected:
            log.error("errand %s failed: %s", row.kind, where_it_failed(error))
        row.lease = row.leased_until = None
        row.next_attempt_at = now + BACKOFF[min(row.attempts, len(BACKOFF)) - 1]
        if now - row.asked_at >= GIVE_UP_AFTER:
            row.state, row.finished_at = "failed", now
            if give_up := _kinds()[row.kind].give_up:
                give_up(session, row.subject_id, now=now)


def list_stuck(session: Session, now: datetime) -> Sequence[tuple[Errand, str]]:
    """The errands given up, or waiting for longer than five minutes, with their titles; at most fifty."""
    stuck = or_(
        Errand.state == "failed",
        (Errand.state == "waiting") & (Errand.attempts > 0) & (Errand.asked_at < now - LATE_AFTER),
    )
    rows = session.scalars(select(Errand).where(stuck).order_by(Errand.asked_at).limit(50)).all()
    titles = {name: kind.title for name, kind in _kinds().items()}
    return [(row, titles.get(row.kind, row.kind)) for row in rows]


def forget_done(session: Session, *, before: datetime) -> None:
    """Drop done errands that ended before an instant."""
    session.execute(delete(Errand).where(Errand.state == "done", Errand.finished_at < before))


def run_all(engine: Engine, *, clock: Clock) -> int:
    """Run what is due in every lane until nothing is; how many. For commands and tests."""
    count = 0
    while any(run_next_errand(engine, lane, clock=clock) for lane in Lane):
        count += 1
    return count


def try_again(session: Session, *, errand_id: int, now: datetime) -> tuple[Errand, str]:
    """Put an errand that was given up, or waits for its next attempt, back at the front; with its title.

    Raises:
        Missing: there is no such errand.
        Conflict: it is done.
    """
    row = session.get(Errand, errand_id, with_for_update=True)
    if row is None:
        raise Missing("Não encontramos esta tarefa.")
    if row.state == "done":
        raise Conflict("Esta tarefa já foi concluída.")
    promise(session, row.kind, subject_id=row.subject_id, now=now)
    return row, _kinds()[row.kind].title
