"""Months given away: they are never billed, and released when they begin."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.shared.auth import Actor
from portal.subscriptions.models import FreeMonth, Subscription
from portal.subscriptions.operations.pausing import go_on_with


def give_months(
    session: Session, *, subscription: Subscription, months: int, reason: str, actor: Actor, now: datetime
) -> Sequence[FreeMonth]:
    """Give away the next payments of a locked subscription; billing goes on with those after."""
    same = {"reason": reason, "granted_at": now, "granted_by_id": actor.user_id}
    return _written(session, subscription, [same] * months)


def move_months(
    session: Session, *, months: Sequence[FreeMonth], subscription: Subscription, reason: str
) -> Sequence[FreeMonth]:
    """Give the next payments of a locked subscription away in the place of months of other contracts.

    Who gave them and when stays: months are given once a year. `reason` "": theirs stays too.
    """
    rows = [
        {
            "reason": reason or month.reason,
            "granted_at": month.granted_at,
            "granted_by_id": month.granted_by_id,
            "moved_from_id": month.id,
        }
        for month in months
    ]
    return _written(session, subscription, rows)


def _written(
    session: Session, subscription: Subscription, rows: Sequence[dict[str, Any]]
) -> Sequence[FreeMonth]:
    given = list(_next_payments(subscription, rows))
    session.add_all(given)
    session.flush()
    go_on_with(session, subscription, subscription.next_number + len(given))
    return given


def _next_payments(subscription: Subscription, rows: Sequence[dict[str, Any]]) -> Iterator[FreeMonth]:
    for number, row in enumerate(rows, subscription.next_number):
        period = subscription.place.period(number)
        yield FreeMonth(
            contract_id=subscription.contract_id,
            partner_id=subscription.partner_id,
            customer_id=subscription.customer_id,
            number=number,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            grace_until=period.grace_until,
            **row,
        )
