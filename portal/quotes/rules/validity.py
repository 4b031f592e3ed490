"""Until when prices stand."""

from datetime import date, timedelta


def prices_stand_until(today: date, valid_days: int) -> date:
    """The last day on which prices given today stand; the whole of that day in São Paulo."""
    return today + timedelta(days=valid_days)


def has_expired(expires_on: date | None, today: date) -> bool:
    """Whether the last day has gone by."""
    return expires_on is not None and today > expires_on
