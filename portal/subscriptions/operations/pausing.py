"""Months without service and without invoices, and coming back before they are over."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.shared.auth import Actor
from portal.subscriptions.models import Subscription, SubscriptionPause
from portal.subscriptions.queries.pauses import plan_pause
from portal.subscriptions.rules import due_within

A_DAY = timedelta(days=1)


def pause(
    session: Session, *, subscription: Subscription, months: int, actor: Actor | None, now: datetime
) -> SubscriptionPause:
    """Bill a locked subscription nothing for so many months; it goes on by itself with the payment after."""
    plan = plan_pause(subscription, months=months)
    row = SubscriptionPause(
        contract_id=subscription.contract_id,
        partner_id=subscription.partner_id,
        customer_id=subscription.customer_id,
        first_number=plan.first_number,
        planned_number=plan.next_number,
        next_number=plan.next_number,
        paused_from=plan.paused_from,
        paused_until=plan.paused_until,
        made_at=now,
        made_by_id=actor.user_id if actor else None,
    )
    session.add(row)
    session.flush()
    go_on_with(session, subscription, plan.next_number)
    return row


def resume_before(
    session: Session,
    *,
    row: SubscriptionPause,
    subscription: Subscription,
    number: int,
    actor: Actor | None,
    now: datetime,
) -> None:
    """End a pause before payment `number` of a locked subscription that is where the pause left it."""
    row.next_number, row.resumed_at = number, now
    row.resumed_by_id = actor.user_id if actor else None
    row.paused_until = subscription.place.period(number).starts_on - A_DAY
    session.flush()
    go_on_with(session, subscription, number)


def go_on_with(session: Session, subscription: Subscription, number: int) -> None:
    """Have a locked subscription bill payment `number` next; those before are not asked for."""
    subscription.next_number = number
    due_on = subscription.place.period(number).due_on
    subscription.next_due_on = due_within(due_on, subscription.bills_until)
    session.flush()
