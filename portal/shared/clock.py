"""The only place that reads a clock. Called at the edge (route, job, command), never below.

In a demonstration the portal's clock may be moved forward (`demo_clock.py`, which `follow`s itself in here).
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")

type Reading = Callable[[datetime], datetime]

_readings: list[Reading] = []


def follow(reading: Reading) -> None:
    """From now on `now` shows what `reading` makes of the present instant outside."""
    _readings[:] = [reading]


def now() -> datetime:
    """The present instant, in UTC."""
    present = wall()
    for reading in _readings:
        present = reading(present)
    return present


def wall() -> datetime:
    """The present instant outside of the portal, however its clock was moved; in UTC."""
    return datetime.now(UTC)


def outside(instant: datetime) -> datetime:
    """What others call an instant of the portal: a phone that makes codes, a file system, a processor."""
    return instant - (now() - wall()) if _readings else instant


def inside(instant: datetime) -> datetime:
    """What the portal calls an instant that others tell it of as just now."""
    return instant + (now() - wall()) if _readings else instant


def today() -> date:
    """The present day in São Paulo: the day the business decides by."""
    return day_of(now())


def day_of(instant: datetime) -> date:
    """The day in São Paulo on which an instant falls."""
    return instant.astimezone(SAO_PAULO).date()


def at_sao_paulo(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """An hour of a São Paulo day as an instant in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SAO_PAULO).astimezone(UTC)
