"""The periods of payments, computed by the database: `calculator.billing_period` for whole sets."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Date, FromClause, case, column, func

from portal.subscriptions.models import Subscription


def period_of(number: ColumnElement[int]) -> FromClause:
    """Term, payment in it, due date, days and grace day of a subscription's payment, from 2, to be joined."""
    return period_by(Subscription.__table__.c, number)


def period_by(terms: Any, number: ColumnElement[int]) -> FromClause:
    """As `period_of`, of whatever has the columns that say how a subscription is billed."""
    is_proportional = case((terms.first_ends_on.is_not(None), 1), else_=0)
    counts = (column(name, BigInteger) for name in ("term", "payment"))
    days = (column(name, Date) for name in ("due_on", "starts_on", "ends_on", "grace_until"))
    return (
        func.billing_period(
            terms.counted_from,
            terms.months,
            terms.payments_in_term,
            terms.due_day,
            terms.first_ends_on,
            number + terms.place_shift + is_proportional,
        )
        .table_valued(*counts, *days)
        .lateral("period")
    )
