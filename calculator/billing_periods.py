"""Payment n of a contract: what time it pays for, when it falls due, and until when the service is released.

Everything is counted from the anchor, the day the service began, never from the payment before: days 29 to
31 neither drift nor leave a gap.
"""

from datetime import date, timedelta
from typing import NamedTuple

from calculator.periods import DUE_DAY, day_in_month, last_day, month_number, next_due_on

A_DAY = timedelta(days=1)


class BillingTerms(NamedTuple):
    """How a contract is billed, frozen with it.

    A term of `months` is paid in `payments` equal parts, no more than it has months. With `proportional` the
    days up to the first due date are a payment of their own, and terms begin on that due date.
    `first_ends_on` is the last of those days, where they were counted for an earlier beginning.
    """

    starts_on: date
    months: int
    payments: int = 1
    due_day: int = DUE_DAY
    proportional: bool = False
    first_ends_on: date | None = None


class BillingPeriod(NamedTuple):
    """What payment `number` of a contract pays for, both days included.

    `payment` counts within `term`, both from 1; both are 0 for a proportional first period, which belongs to
    no term. The service is released until `grace_until`: the due date of the next payment, where what was
    paid ends on the day before it.
    """

    number: int
    term: int
    payment: int
    due_on: date
    starts_on: date
    ends_on: date
    grace_until: date


def billing_period(terms: BillingTerms, number: int) -> BillingPeriod:
    """The period of payment `number`, counted from 1 over all terms. Periods follow one another day by day.

    Whole installments: the first is due on the anchor, each later one on the due day of a month later, and
    payment i of K covers to the end of the month that lies ⌊months × i / K⌋ months after the anchor's.
    Activated on 01/06, monthly: until 31/07, and the payment of 15/07 until 31/08.

    Proportional: the first pays the days up to, not including, the first due date after the anchor; from
    there on each period runs from a due date to the day before one, which is the grace day. Activated on
    01/06, due on 15: until 14/06, released until 15/06; the payment of 15/06 until 14/07, released until
    15/07.

    Raises `ValueError` for a number below 1.
    """
    if number < 1:
        raise ValueError(f"there is no payment {number}")
    return _proportional(terms, number) if terms.proportional else _whole(terms, number)


def proportional_end(*, starts_on: date, paid_days: int, due_day: int = DUE_DAY) -> date:
    """The last day of a first period of `paid_days` that begins on `starts_on`: the day before a due date.

    When the service begins later than planned it is the first due date that leaves no fewer days than were
    paid.
    """
    return next_due_on(starts_on + (max(paid_days, 1) - 1) * A_DAY, due_day) - A_DAY


def _whole(terms: BillingTerms, number: int) -> BillingPeriod:
    anchor = month_number(terms.starts_on)
    term, part = divmod(number - 1, terms.payments)
    first_month = anchor + term * terms.months
    starts_on, due_on = terms.starts_on, terms.starts_on
    if number > 1:
        starts_on = last_day(first_month + terms.months * part // terms.payments) + A_DAY
        due_on = day_in_month(first_month + part, terms.due_day)
    ends_on = last_day(first_month + terms.months * (part + 1) // terms.payments)
    return BillingPeriod(number, term + 1, part + 1, due_on, starts_on, ends_on, ends_on)


def _proportional(terms: BillingTerms, number: int) -> BillingPeriod:
    first_ends_on = terms.first_ends_on or proportional_end(
        starts_on=terms.starts_on, paid_days=1, due_day=terms.due_day
    )
    if number == 1:
        first_due_on = first_ends_on + A_DAY
        return BillingPeriod(1, 0, 0, terms.starts_on, terms.starts_on, first_ends_on, first_due_on)
    term, part = divmod(number - 2, terms.payments)
    first_month = month_number(first_ends_on + A_DAY) + term * terms.months
    starts_on = day_in_month(first_month + terms.months * part // terms.payments, terms.due_day)
    next_on = day_in_month(first_month + terms.months * (part + 1) // terms.payments, terms.due_day)
    due_on = day_in_month(first_month + part, terms.due_day)
    return BillingPeriod(number, term + 1, part + 1, due_on, starts_on, next_on - A_DAY, next_on)
