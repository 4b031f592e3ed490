"""Which jobs there are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal.shared.schedule.timetable import When


@dataclass(frozen=True, slots=True)
class JobReport:
    """What a job did: a sentence in Portuguese for the health page, figures for programs.

    `more` says that it did a batch and that more waits: it runs again at once, in a transaction of its own,
    until nothing does.
    """

    message: str
    counts: dict[str, int] | None = None
    more: bool = False


class JobFunction(Protocol):
    """`now` is the instant the job works as of, in UTC."""

    def __call__(self, session: Session, *, now: datetime) -> "str | JobReport":
        """Do the work; say in Portuguese what was done."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work by the calendar. Calling it does the work in the caller's transaction."""

    name: str
    title: str
    function: JobFunction

    def __call__(self, session: Session, *, now: datetime) -> JobReport:
        result = self.function(session, now=now)
        return JobReport(result) if isinstance(result, str) else result


type Timetable = tuple[tuple[Job, When], ...]


def job(name: str, *, title: str) -> Callable[[JobFunction], Job]:
    """Make a function a job; `title` is what the health page calls it, in Portuguese."""

    def make(function: JobFunction) -> Job:
        return Job(name, title, function)

    return make


def init_app(app: Flask, *, timetable: Iterable[tuple[Job, When]]) -> None:
    """Give the app its timetable.

    Raises:
        ValueError: two jobs bear one name.
    """
    entries = tuple(timetable)
    if len({entry.name for entry, _when in entries}) < len(entries):
        raise ValueError("two jobs of the timetable bear one name")
    app.extensions["portal.schedule"] = entries


def timetable() -> Timetable:
    """The jobs of the present app, with their times."""
    entries: Timetable = current_app.extensions["portal.schedule"]
    return entries


def find_job(name: str) -> tuple[Job, When] | None:
    """A job of the timetable and its times."""
    return next((entry for entry in timetable() if entry[0].name == name), None)
