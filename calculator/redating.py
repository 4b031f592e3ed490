"""The payments of a frozen breakdown counted again from the day the contract really became active."""

from datetime import date

from calculator.breakdown import Breakdown, Payment
from calculator.periods import DUE_DAY, day_in_month, last_day, month_number


def redate_payments(breakdown: Breakdown, *, starts_on: date, due_day: int = DUE_DAY) -> tuple[Payment, ...]:
    """The same payments with the dates step 6 gives them when the contract is activated on `starts_on`.

    Amounts and methods stay as they were frozen. Activated on 01/06, a monthly contract is covered until
    31/07.
    """
    month, months, count = month_number(starts_on), breakdown.term.months, len(breakdown.payments)
    return tuple(
        payment._replace(
            due_on=starts_on if payment.number == 1 else day_in_month(month + payment.number - 1, due_day),
            covers_until=last_day(month + months * payment.number // count),
        )
        for payment in breakdown.payments
    )


def next_payment_due_on(breakdown: Breakdown, *, starts_on: date, due_day: int = DUE_DAY) -> date:
    """When the payment after the first falls due for a contract activated on `starts_on`.

    The term's second payment, or the first one of the next term. Activated on 01/06, a monthly contract is
    next due on 15/07.
    """
    payments = redate_payments(breakdown, starts_on=starts_on, due_day=due_day)
    if len(payments) > 1:
        return payments[1].due_on
    return day_in_month(month_number(starts_on) + breakdown.term.months, due_day)
