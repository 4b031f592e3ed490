"""Months of service, by what pays for them. Pure."""

from collections.abc import Collection, Iterator, Sequence
from datetime import date

from calculator import day_in_month, month_number
from portal.customers.rules import MonthPart, ServiceMonth

SHOWN_MONTHS = 24


def months_of(parts: Sequence[MonthPart], *, until: date | None) -> tuple[ServiceMonth, ...]:
    """The latest months from the first of `parts` to the last, at least to that of `until`.

    A month belongs to the parts that begin in it; where none does, to those that reach into it. One without
    any is paid by nobody. No parts, no months.
    """
    if not parts:
        return ()
    first = min(month_number(part.starts_on) for part in parts)
    last = max(month_number(part.ends_on) for part in parts)
    if until is not None:
        last = max(last, month_number(until))
    first = max(first, last - SHOWN_MONTHS + 1)
    return tuple(
        ServiceMonth(day_in_month(month, 1), tuple(_parts_of(month, parts)))
        for month in range(first, last + 1)
    )


def _parts_of(month: int, parts: Collection[MonthPart]) -> Iterator[MonthPart]:
    begin = [part for part in parts if month_number(part.starts_on) == month]
    reach = [part for part in parts if month_number(part.starts_on) < month <= month_number(part.ends_on)]
    yield from sorted(begin or reach, key=lambda part: part.starts_on)
