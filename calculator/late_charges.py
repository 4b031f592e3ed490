"""Late fee and late interest, shown apart."""

from datetime import date
from typing import NamedTuple

from calculator.money import PPM, divide_half_up, percentage_of

DAYS_OF_INTEREST_MONTH = 30
"""Interest "by day" is a thirtieth of the month's for every calendar day, as on boletos."""


class LateCharges(NamedTuple):
    """What lateness adds to an open amount."""

    days_late: int
    late_fee_cents: int
    late_interest_cents: int

    @property
    def total_cents(self) -> int:
        """Fee and interest together."""
        return self.late_fee_cents + self.late_interest_cents


def late_charges(
    *,
    open_cents: int,
    due_on: date,
    paid_on: date,
    payable_until: date | None = None,
    late_fee_ppm: int,
    monthly_interest_ppm: int,
) -> LateCharges:
    """The charges of paying `open_cents` on a day: the fee once, the interest of a month counted by day.

    `payable_until` is the last day without charge, when the due date falls on a weekend or holiday: lateness
    counts from it, as with Pix. Fee and interest are simple and each rounded half up. Raises `ValueError` for
    a negative amount.
    """
    if open_cents < 0:
        raise ValueError("an open amount is never negative")
    days = (paid_on - max(due_on, payable_until or due_on)).days
    if days <= 0:
        return LateCharges(0, 0, 0)
    interest = divide_half_up(open_cents * monthly_interest_ppm * days, PPM * DAYS_OF_INTEREST_MONTH)
    return LateCharges(days, percentage_of(open_cents, late_fee_ppm), interest)
