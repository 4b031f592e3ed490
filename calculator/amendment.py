"""The difference of an amendment: an upgrade is charged for the covered time left, a downgrade waits."""

from datetime import date
from enum import StrEnum
from math import lcm
from typing import NamedTuple

from calculator.money import divide_half_up
from calculator.periods import days_in_month, month_number

_EVERY_MONTH_LENGTH = lcm(28, 29, 30, 31)


class AmendmentKind(StrEnum):
    """Whether the monthly fee rises, falls or stays."""

    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    SAME_PRICE = "same_price"


class AmendmentDifference(NamedTuple):
    """What an amendment changes: the monthly fee by `monthly_difference_cents`, from `applies_on`.

    `charged_now_cents` is the difference for the `days_left` of covered time, 0 unless it is an upgrade.
    """

    kind: AmendmentKind
    monthly_difference_cents: int
    charged_now_cents: int
    days_left: int
    applies_on: date


def amendment_difference(
    *, old_monthly_cents: int, new_monthly_cents: int, signed_on: date, covered_until: date, next_due_on: date
) -> AmendmentDifference:
    """The difference of an amendment signed on a day.

    An upgrade applies on that day and charges the difference for each day from it to `covered_until`, both
    included, a day being its own month's part of the monthly difference; the sum is rounded half up once. A
    downgrade applies on the next due date and gives nothing back. What costs the same applies at once.
    """
    difference = new_monthly_cents - old_monthly_cents
    days_left = max((covered_until - signed_on).days + 1, 0)
    if difference < 0:
        return AmendmentDifference(AmendmentKind.DOWNGRADE, difference, 0, days_left, next_due_on)
    kind = AmendmentKind.UPGRADE if difference else AmendmentKind.SAME_PRICE
    months = _months_between(signed_on, covered_until) if days_left else 0
    charged = divide_half_up(difference * months, _EVERY_MONTH_LENGTH)
    return AmendmentDifference(kind, difference, charged, days_left, signed_on)


def _months_between(first: date, last: date) -> int:
    """The time of two days and all between them, in months times `_EVERY_MONTH_LENGTH`: a whole number."""
    total = 0
    for month in range(month_number(first), month_number(last) + 1):
        length = days_in_month(month)
        start = first.day if month == month_number(first) else 1
        end = last.day if month == month_number(last) else length
        total += (end - start + 1) * (_EVERY_MONTH_LENGTH // length)
    return total
