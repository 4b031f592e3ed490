"""Which jobs and tasks there are."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from flask import Flask, current_app
from sqlalchemy.orm import Session

from portal.shared.jobs.timetable import When


@dataclass(frozen=True, slots=True)
class JobReport:
    """What a job did: a sentence in Portuguese for the health page, figures for programs."""

    message: str
    counts: dict[str, int] | None = None


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


type TaskFunction = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Task:
    """Work after a commit: `function(session, *, now, **arguments)`."""

    name: str
    function: TaskFunction


type Timetable = tuple[tuple[Job, When], ...]

_tasks: dict[str, Task] = {}


def job(name: str, *, title: str) -> Callable[[JobFunction], Job]:
    """Make a function a job; `title` is what the health page calls it, in Portuguese."""

    def make(function: JobFunction) -> Job:
        return Job(name, title, function)

    return make


def task(name: str) -> Callable[[TaskFunction], Task]:
    """Make a function a task that `enqueue` can promise. The name is stored: keep it."""

    def register(function: TaskFunction) -> Task:
        known = _tasks.get(name)
        if known and known.function.__module__ != function.__module__:
            raise ValueError(f"two tasks are called {name}")
        _tasks[name] = Task(name, function)
        return _tasks[name]

    return register


def init_app(app: Flask, *, timetable: Iterable[tuple[Job, When]]) -> None:
    """Give the app its timetable.

    Raises:
        ValueError: two jobs bear one name.
    """
    entries = tuple(timetable)
    if len({entry.name for entry, _when in entries}) < len(entries):
        raise ValueError("two jobs of the timetable bear one name")
    app.extensions["portal.jobs"] = entries


def timetable() -> Timetable:
    """The jobs of the present app, with their times."""
    entries: Timetable = current_app.extensions["portal.jobs"]
    return entries


def find_job(name: str) -> tuple[Job, When] | None:
    """A job of the timetable and its times."""
    return next((entry for entry in timetable() if entry[0].name == name), None)


def find_task(name: str) -> Task | None:
    """A registered task."""
    return _tasks.get(name)
