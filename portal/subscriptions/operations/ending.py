"""A contract ends: nothing falls due after its last day, and nothing at all once it is over."""

from datetime import date, datetime, timedelta
from itertools import count

from sqlalchemy import case, func, null, update
from sqlalchemy.orm import Session

from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription
from portal.subscriptions.queries.reading import find_subscription

A_DAY = timedelta(days=1)


def limit_billing(session: Session, *, contract_id: int, last_day: date) -> None:
    """Bill nothing that falls due after a contract's last day."""
    due_on = case((Subscription.next_due_on <= last_day, Subscription.next_due_on), else_=null())
    session.execute(
        update(Subscription)
        .where(Subscription.contract_id == contract_id)
        .values(bills_until=last_day, next_due_on=due_on)
    )


def limit_months(session: Session, *, contract_id: int, last_day: date) -> None:
    """As `limit_billing`, and no time after the last day: a month may fall due before it begins."""
    subscription = find_subscription(session, contract_id, for_update=True)
    if subscription is not None:
        periods = (subscription.place.period(number) for number in count(subscription.next_number))
        after = next(period for period in periods if period.starts_on > last_day)
        last_day = min(last_day, after.due_on - A_DAY)
    limit_billing(session, contract_id=contract_id, last_day=last_day)


def bill_on(session: Session, *, contract_id: int) -> None:
    """Bill again what was to end."""
    subscription = find_subscription(session, contract_id, for_update=True)
    if subscription is not None and subscription.ended_at is None:
        subscription.bills_until = None
        subscription.next_due_on = subscription.place.period(subscription.next_number).due_on
        session.flush()


def end_subscription(session: Session, *, contract_id: int, at: datetime) -> None:
    """Bill nothing more. Told again, nothing happens."""
    session.execute(
        update(Subscription)
        .where(Subscription.contract_id == contract_id, Subscription.ended_at.is_(None))
        .values(
            ended_at=at,
            bills_until=func.coalesce(Subscription.bills_until, day_of(at)),
            next_due_on=None,
        )
    )
