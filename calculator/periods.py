"""Months and the days in them.

A month is counted from year 0 (`year * 12 + month - 1`), so that "three months later" is an addition.
"""

from calendar import isleap
from datetime import date
from functools import lru_cache

DUE_DAY = 15
"""The day of the month payments fall due on, unless the portal's settings say another."""

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def month_number(day: date) -> int:
    """The month a day lies in."""
    return day.year * 12 + day.month - 1


def days_in_month(month: int) -> int:
    """How many days a month has."""
    year, index = divmod(month, 12)
    return 29 if index == 1 and isleap(year) else _DAYS[index]


# Quotes ask for the same few days again and again: twelve due dates and twelve ends of months each.
@lru_cache(maxsize=4096)
def day_in_month(month: int, day: int) -> date:
    """Day `day` of a month, or the month's last day when it is shorter (a due day of 31 in February)."""
    year, index = divmod(month, 12)
    return date(year, index + 1, day if day <= 28 else min(day, days_in_month(month)))


@lru_cache(maxsize=4096)
def last_day(month: int) -> date:
    """The last day of a month."""
    year, index = divmod(month, 12)
    return date(year, index + 1, days_in_month(month))


def next_due_on(after: date, due_day: int) -> date:
    """The first due day strictly after a day."""
    month = month_number(after)
    due_on = day_in_month(month, due_day)
    return due_on if due_on > after else day_in_month(month + 1, due_day)


def in_words(day: date) -> str:
    """The day as people read it in Brazil: `15/07/2026`."""
    return f"{day.day:02d}/{day.month:02d}/{day.year}"
