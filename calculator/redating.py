"""The payments of a frozen breakdown counted again from the day the contract really became active."""

from datetime import date

from calculator.billing_periods import BillingTerms, billing_period
from calculator.breakdown import Breakdown, Payment
from calculator.periods import DUE_DAY


def redate_payments(breakdown: Breakdown, *, starts_on: date, due_day: int = DUE_DAY) -> tuple[Payment, ...]:
    """The same payments with the dates step 6 gives them when the contract is activated on `starts_on`.

    Amounts and methods stay as they were frozen. Activated on 01/06, a monthly contract is covered until
    31/07.
    """
    terms = _terms(breakdown, starts_on, due_day)
    periods = (billing_period(terms, payment.number) for payment in breakdown.payments)
    return tuple(
        payment._replace(due_on=period.due_on, covers_until=period.ends_on)
        for payment, period in zip(breakdown.payments, periods, strict=True)
    )


def next_payment_due_on(breakdown: Breakdown, *, starts_on: date, due_day: int = DUE_DAY) -> date:
    """When the payment after the first falls due for a contract activated on `starts_on`.

    The term's second payment, or the first one of the next term. Activated on 01/06, a monthly contract is
    next due on 15/07.
    """
    return billing_period(_terms(breakdown, starts_on, due_day), 2).due_on


def _terms(breakdown: Breakdown, starts_on: date, due_day: int) -> BillingTerms:
    return BillingTerms(starts_on, breakdown.term.months, len(breakdown.payments), due_day)
