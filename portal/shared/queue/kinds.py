"""Which kinds of jobs the queue knows."""

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
    TAX = "tax"
    WHATSAPP = "whatsapp"
    DEFAULT = "default"


WAITS = tuple(timedelta(seconds=seconds) for seconds in (2, 5, 15, 60, 300, 900, 1800))


class TryLater(Exception):
    """It cannot be done now, by no fault of ours; the message is for the health page: no personal data."""


class NotYet(TryLater):
    """It is not to be done before an instant; the day of vain attempts begins then, not before."""

    def __init__(self, message: str, *, until: datetime) -> None:
        super().__init__(message)
        self.until = until


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """What is done for the row `subject_id` of some table. `title` is what the health page calls it.

    `before(session, subject_id, now=…)` gives what `call` needs, or None when nothing is left to do.
    `call(request)` runs outside of any transaction and gives the outcome; it may raise `TryLater`.
    `record(session, subject_id, outcome, now=…)` stores it, once.
    `on_failure(session, subject_id, now=…)` follows a day of vain attempts; None: the health page shows it.
    `waits` are the pauses between attempts; the last one repeats.
    """

    name: str
    title: str
    lane: Lane
    before: Callable[..., Any]
    call: Callable[[Any], Any]
    record: Callable[..., None]
    on_failure: Callable[..., None] | None = None
    waits: tuple[timedelta, ...] = WAITS


class LocalWork(Protocol):
    """Work on rows of ours about the row `subject_id`; done again, it changes nothing."""

    def __call__(self, session: Session, subject_id: int, /, *, now: datetime) -> None:
        """Do it, in the present transaction."""


def local_job(name: str, *, title: str, work: LocalWork, lane: Lane = Lane.DEFAULT) -> JobKind:
    """A job that reaches nothing outside: its work and the mark that it is done are one transaction.

    For what must not fail together with its cause: repasse and mail after money.
    """

    def before(session: Session, subject_id: int, *, now: datetime) -> None:
        work(session, subject_id, now=now)

    def record(session: Session, subject_id: int, outcome: None, *, now: datetime) -> None:
        """Never reached: nothing is left to do."""

    return JobKind(
        name=name, title=title, lane=lane, before=before, call=lambda request: request, record=record
    )


def init_app(app: Flask, *, kinds: Iterable[JobKind]) -> None:
    """Give the app its kinds of jobs.

    Raises:
        ValueError: two bear one name.
    """
    entries = tuple(kinds)
    by_name = {kind.name: kind for kind in entries}
    if len(by_name) < len(entries):
        raise ValueError("two kinds of jobs bear one name")
    app.extensions["portal.queue"] = by_name


def kinds() -> dict[str, JobKind]:
    """The kinds of the present app, by name."""
    by_name: dict[str, JobKind] = current_app.extensions["portal.queue"]
    return by_name
