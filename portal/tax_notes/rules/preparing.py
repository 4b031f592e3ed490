"""Which month's notes are due, and on which day. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

LOOK_BACK_MONTHS = 24
MARGIN = timedelta(minutes=2)
"""A note says that it was issued so much earlier: clocks differ, and none may be ahead (E0008)."""
_MONTH = re.compile(r"(20[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
CNPJ_LENGTH, SERIES_WIDTH, NUMBER_WIDTH = 14, 5, 15


@dataclass(frozen=True, slots=True)
class DpsName:
    """What every DPS id of an issuer begins with; its number follows, 15 figures wide."""

    prefix: str
    series: str


def dps_name(*, city: str, document: str, series: str) -> DpsName:
    """By the layout: "DPS", the town (7), 2 for a CNPJ, the CNPJ (14), the series (5)."""
    return DpsName(f"DPS{city}2{document:0>{CNPJ_LENGTH}}{series:0>{SERIES_WIDTH}}", series)


def parse_month(text: str) -> date | None:
    """ "2026-11" as its first day; None for anything else."""
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def first_of_month(day: date) -> date:
    """The first day of a day's month."""
    return day.replace(day=1)


def month_after(month: date) -> date:
    """The first day of the next month."""
    return first_of_month(month.replace(day=28) + timedelta(days=4))


def last_of_month(month: date) -> date:
    """The last day of a month."""
    return month_after(month) - timedelta(days=1)


def opens_on(month: date, *, day: int) -> date:
    """From when on a month's notes are issued (`day` of that month, product.md 7)."""
    return month.replace(day=day)


def months_to_prepare(known: Sequence[date], *, today: date, day: int) -> list[date]:
    """The months to look through tonight, the oldest first.

    Those looked through before, for what was paid late, back to two years, and every month since that is
    due; before the first time, only the present one. Days missed are caught up so.
    """
    present = first_of_month(today)
    newest = present if today >= opens_on(present, day=day) else first_of_month(present - timedelta(days=1))
    if not known:
        return [newest] if newest == present else []
    oldest = _months_before(present, LOOK_BACK_MONTHS)
    months, month = [], max(min(known), oldest)
    while month <= newest:
        months.append(month)
        month = month_after(month)
    return months


def competence_of(due_on: date, *, issued_on: date) -> date:
    """The day a note is of: the day its invoice fell due, or that of its issue where that comes first."""
    return min(due_on, issued_on)


def _months_before(month: date, count: int) -> date:
    number = month.year * 12 + month.month - 1 - count
    return date(number // 12, number % 12 + 1, 1)
