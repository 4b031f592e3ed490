"""Asking for a journey of the clock, and what becomes of people and workers when it jumps."""

from datetime import datetime, timedelta

from sqlalchemy import Interval, literal, update
from sqlalchemy.orm import Session

from portal.demo.clock.queries import find_move
from portal.demo.clock.rules import CannotMove
from portal.shared.demo_clock import ClockMove, set_clock
from portal.shared.refusals import Conflict
from portal.shared.schedule import QueueWorker
from portal.users.operations.sessions import carry_sessions

ALIVE = timedelta(seconds=90)


def ask_to_move(
    session: Session, *, until: datetime, keeps_desk: bool, asked_by_id: int | None, now: datetime
) -> ClockMove:
    """Have the clock moved as soon as this transaction commits.

    Raises:
        CannotMove: that instant is past.
        Conflict: it is being moved.
    """
    if until <= now:
        raise CannotMove("O relógio só anda para a frente.", field="until")
    if find_move(session) is not None:
        raise Conflict("O relógio já está andando. Espere ele chegar.")
    move = ClockMove(
        from_at=now,
        until_at=until,
        reached_at=now,
        keeps_desk=keeps_desk,
        asked_by_id=asked_by_id,
        done_at=None,
    )
    session.add(move)
    session.flush()
    return move


def stop_at(session: Session, move: ClockMove, *, at: datetime, now: datetime) -> None:
    """Let the clock stand at an instant of the journey; whoever is signed in stays so."""
    _carry(session, by=at - now, now=now)
    set_clock(session, stands_at=at)
    move.reached_at = at
    session.flush()


def arrive(session: Session, move: ClockMove) -> None:
    """Let the clock go on from where it stands."""
    set_clock(session, shows=move.reached_at)
    move.done_at = move.reached_at
    session.flush()


def _carry(session: Session, *, by: timedelta, now: datetime) -> None:
    carry_sessions(session, by=by, now=now)
    alive = update(QueueWorker).where(QueueWorker.seen_at > now - ALIVE)
    session.execute(alive.values(seen_at=QueueWorker.seen_at + literal(by, Interval())))
