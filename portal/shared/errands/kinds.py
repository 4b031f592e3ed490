"""Which kinds of errands there are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session


class Lane(StrEnum):
    """Each lane has threads of its own (`PORTAL_QUEUE_THREADS`): a slow card processor holds up no mail."""

    MAIL = "mail"
    CARD = "card"
    BANK = "bank"
    PAPER = "paper"
    BILLING = "billing"
    DEFAULT = "default"


WAITS = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 900, 1800))


class TryLater(Exception):
    """It cannot be done now, by no fault of ours; the message is for the health page: no personal data."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandKind:
    """What is done for the row `subject_id` of some table. `title` is what the health page calls it.

    `prepare(session, subject_id, now=…)` gives what `do` needs, or None when nothing is left to do.
    `waits` are the pauses between attempts; after the last one it stays.
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
    waits: tuple[timedelta, ...] = WAITS


class InsideWork(Protocol):
    """Work on rows of ours about the row `subject_id`; done again, it changes nothing."""

    def __call__(self, session: Session, subject_id: int, /, *, now: datetime) -> None:
        """Do it, in the present transaction."""


def inside(name: str, *, title: str, work: InsideWork, lane: Lane = Lane.DEFAULT) -> ErrandKind:
    """An errand that reaches nothing outside: its work and the mark that it is done are one transaction.

    For what must not fail together with its cause: repasse and mail after money.
    """

    def prepare(session: Session, subject_id: int, *, now: datetime) -> None:
        work(session, subject_id, now=now)

    def settle(session: Session, subject_id: int, outcome: None, *, now: datetime) -> None:
        """Never reached: nothing is left to do."""

    return ErrandKind(
        name=name, title=title, lane=lane, prepare=prepare, do=lambda request: request, settle=settle
    )


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


def kinds() -> dict[str, ErrandKind]:
    """The kinds of the present app, by name."""
    by_name: dict[str, ErrandKind] = current_app.extensions["portal.errands"]
    return by_name
