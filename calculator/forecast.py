"""The payments of the months to come, over as many terms as they take."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from calculator.breakdown import Breakdown
from calculator.payment_methods import METHODS
from calculator.periods import DUE_DAY, day_in_month, last_day, month_number

MONTHS = 12


class ForecastPayment(NamedTuple):
    """One payment to expect, if the contract renews at the same price; `term` counts from 1."""

    term: int
    number: int
    due_on: date
    method: str
    amount_cents: int
    setup_cents: int
    covers_until: date

    @property
    def total_cents(self) -> int:
        """What is charged: the installment and the setup fee that goes with it."""
        return self.amount_cents + self.setup_cents


def forecast_payments(
    breakdown: Breakdown,
    *,
    payment_method: str,
    since: date,
    months: int = MONTHS,
    due_day: int = DUE_DAY,
) -> tuple[ForecastPayment, ...]:
    """The payments due from `since` to the day before the same day `months` later, by date.

    The first term is the breakdown's own; each later one starts `months` of the term after the one before and
    is paid in the same parts, on the due day, by the later of the payment method's two ways, without a setup
    fee. Raises `KeyError` for an unknown payment method.
    """
    end = day_in_month(month_number(since) + months, since.day)
    later = METHODS[payment_method].later
    expected = (
        payment for payment in _payments(breakdown, end, later, due_day) if since <= payment.due_on < end
    )
    return tuple(sorted(expected, key=lambda payment: (payment.due_on, payment.term)))


def _payments(breakdown: Breakdown, end: date, later: str, due_day: int) -> Iterator[ForecastPayment]:
    """Every payment of every term that starts before `end`."""
    yield from (ForecastPayment(1, *payment) for payment in breakdown.payments)
    term = 2
    activation = month_number(breakdown.payments[0].due_on)
    while day_in_month(activation + (term - 1) * breakdown.term.months, due_day) < end:
        passed = (term - 1) * breakdown.term.months
        for payment in breakdown.payments:
            yield ForecastPayment(
                term=term,
                number=payment.number,
                due_on=day_in_month(activation + passed + payment.number - 1, due_day),
                method=later,
                amount_cents=payment.amount_cents,
                setup_cents=0,
                covers_until=last_day(month_number(payment.covers_until) + passed),
            )
        term += 1
