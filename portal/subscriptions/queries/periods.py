"""The periods of payments, computed by the database: `calculator.billing_period` for whole sets."""

from sqlalchemy import BigInteger, ColumnElement, Date, FromClause, case, column, func

from portal.subscriptions.models import Subscription


def period_of(number: ColumnElement[int]) -> FromClause:
    """Term, payment in it, due date, days and grace day of a subscription's payment, from 2, to be joined."""
    is_proportional = case((Subscription.first_ends_on.is_not(None), 1), else_=0)
    counts = (column(name, BigInteger) for name in ("term", "payment"))
    days = (column(name, Date) for name in ("due_on", "starts_on", "ends_on", "grace_until"))
    return (
        func.billing_period(
            Subscription.counted_from,
            Subscription.months,
            Subscription.payments_in_term,
            Subscription.due_day,
            Subscription.first_ends_on,
            number + Subscription.place_shift + is_proportional,
        )
        .table_valued(*counts, *days)
        .lateral("period")
    )
