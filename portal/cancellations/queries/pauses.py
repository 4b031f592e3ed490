"""Pauses: whether a customer may have one, and the one that a case led to."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationArgument, CancellationCase
from portal.cancellations.rules.pauses import why_no_pause
from portal.invoices.queries.unbilled import unbilled_facts
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription, SubscriptionPause


def why_no_pause_of(
    session: Session, case: CancellationCase, subscription: Subscription, *, today: date
) -> str:
    """Why the contract of a case may not be paused today, in words; "" when it may."""
    last = select(SubscriptionPause.made_at).where(
        SubscriptionPause.customer_id == case.customer_id, SubscriptionPause.is_kept
    )
    paused_at = session.scalar(last.order_by(SubscriptionPause.id.desc()).limit(1))
    return why_no_pause(
        unbilled_facts(session, subscription),
        is_partial=bool(case.services),
        paused_on=day_of(paused_at) if paused_at else None,
        today=today,
    )


def accepted_pause(session: Session, case_id: int) -> int:
    """The months of the pause that was accepted last in a case; 0 for none."""
    found = session.scalar(
        select(CancellationArgument.pause_months)
        .where(CancellationArgument.case_id == case_id, CancellationArgument.pause_months > 0)
        .order_by(CancellationArgument.id.desc())
        .limit(1)
    )
    return found or 0


def find_pause(session: Session, case: CancellationCase) -> SubscriptionPause | None:
    """The pause with which the customer of a case stayed."""
    return session.get(SubscriptionPause, case.pause_id) if case.pause_id is not None else None
