"""Months given away: they are never billed, and released when they begin."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.auth import Actor
from portal.subscriptions.models import FreeMonth, Subscription
from portal.subscriptions.operations.pausing import go_on_with


def give_months(
    session: Session, *, subscription: Subscription, months: int, reason: str, actor: Actor, now: datetime
) -> Sequence[FreeMonth]:
    """Give away the next payments of a locked subscription; billing goes on with those after."""
    first = subscription.next_number
    given = []
    for number in range(first, first + months):
        period = subscription.place.period(number)
        month = FreeMonth(
            contract_id=subscription.contract_id,
            partner_id=subscription.partner_id,
            customer_id=subscription.customer_id,
            number=number,
            starts_on=period.starts_on,
            ends_on=period.ends_on,
            grace_until=period.grace_until,
            reason=reason,
            granted_at=now,
            granted_by_id=actor.user_id,
        )
        session.add(month)
        given.append(month)
    session.flush()
    go_on_with(session, subscription, first + months)
    return given
