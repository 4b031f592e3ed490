"""The clock of a demonstration, which may be moved forward and never back. Only where a setting allows it.

It is a row: web and workers agree at once, and a restart keeps it. While it is being moved it stands still at
each instant until all that is due then is done (`portal/demo/clock/moving.py`).
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Flask, current_app, g, has_app_context
from sqlalchemy import CheckConstraint, Engine, ForeignKey, Index, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.shared import clock
from portal.shared.db import Base, db, id_column

log = logging.getLogger(__name__)

EXTENSION = "portal.demo_clock"
MICROSECOND = timedelta(microseconds=1)


class DemoClock(Base):
    """How far the portal's clock is ahead of the world's; `stands_at` while it is being moved. One row.

    A trigger refuses to set it back. A new demonstration may begin in the past: then it is behind.
    """

    __tablename__ = "demo_clock"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ahead_us: Mapped[int]
    stands_at: Mapped[datetime | None]


class ClockMove(Base):
    """A journey of the clock, asked for by somebody; at most one is under way.

    `keeps_desk`: finance's daily work is done meanwhile, in the name of who asked.
    """

    __tablename__ = "clock_moves"
    __table_args__ = (
        CheckConstraint("until_at > from_at", name="goes_forward"),
        CheckConstraint("reached_at BETWEEN from_at AND until_at", name="on_the_way"),
        Index(
            "uq_clock_moves_under_way",
            text("(done_at IS NULL)"),
            unique=True,
            postgresql_where="done_at IS NULL",
        ),
    )

    id: Mapped[int] = id_column()
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    reached_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    keeps_desk: Mapped[bool]
    done_at: Mapped[datetime | None]


@dataclass(frozen=True, slots=True)
class Stand:
    """How the clock stands: ahead of the world's by so much, or still."""

    ahead: timedelta = timedelta(0)
    stands_at: datetime | None = None

    def shown(self, present: datetime) -> datetime:
        """What it shows at an instant of the world's clock."""
        return self.stands_at or present + self.ahead


def init_app(app: Flask) -> None:
    """Let this app's clock be the database's. Only for demonstrations."""
    app.extensions[EXTENSION] = Stand()
    clock.follow(_shown)


def is_movable() -> bool:
    """Whether the present app is a demonstration whose clock may be moved."""
    return EXTENSION in current_app.extensions


def stand() -> Stand:
    """How the clock of the present app stands; read once a request, job or command.

    When the database is away, or has no tables yet, as it last stood.
    """
    known: Stand | None = g.get("demo_clock")
    if known is None:
        try:
            known = _read(db.engine)
        except DBAPIError as error:
            log.warning("the demonstration's clock is not readable: %s", type(error.orig).__name__)
            known = current_app.extensions[EXTENSION]
        g.demo_clock = current_app.extensions[EXTENSION] = known
    return known


def set_clock(session: Session, *, stands_at: datetime | None = None, shows: datetime | None = None) -> None:
    """Stop the clock at an instant, or let it go on from what it `shows`. The caller commits.

    Raises:
        sqlalchemy.exc.IntegrityError: that would be going back.
    """
    at = stands_at or shows or clock.now()
    ahead = at - clock.wall()
    values = {"ahead_us": ahead // MICROSECOND, "stands_at": stands_at}
    statement = insert(DemoClock).values(id=1, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))
    g.demo_clock = Stand(ahead, stands_at)


def outside_by(app: Flask) -> Callable[[datetime], datetime]:
    """`clock.outside`, for a gateway of this app."""

    def translate(instant: datetime) -> datetime:
        return clock.outside(instant) if EXTENSION in app.extensions else instant

    return translate


def _shown(present: datetime) -> datetime:
    if not has_app_context() or not is_movable():
        return present
    return stand().shown(present)


def _read(engine: Engine) -> Stand:
    columns = select(DemoClock.ahead_us, DemoClock.stands_at)
    with engine.connect() as connection:
        row = connection.execute(columns).first()
    return Stand(row.ahead_us * MICROSECOND, row.stands_at) if row else Stand()
