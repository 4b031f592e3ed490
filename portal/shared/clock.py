"""The only place that reads a clock. Called at the edge (route, job, command), never below."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present day in São Paulo: the day the business decides by."""
    return day_of(now())


def day_of(instant: datetime) -> date:
    """The day in São Paulo on which an instant falls."""
    return instant.astimezone(SAO_PAULO).date()


def at_sao_paulo(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """An hour of a São Paulo day as an instant in UTC."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SAO_PAULO).astimezone(UTC)
