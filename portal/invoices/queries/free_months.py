"""What decides whether months of a contract may be given away."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.queries.unbilled import unbilled_facts
from portal.invoices.rules.free_months import why_no_free_months
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription, SubscriptionPause
from portal.subscriptions.queries.free_months import last_granted_at


def why_none(session: Session, subscription: Subscription, *, today: date) -> str:
    """Why no months of a subscription may be given away today, in words; "" when they may."""
    granted_at = last_granted_at(session, subscription.customer_id)
    pause = select(SubscriptionPause.id).where(
        SubscriptionPause.contract_id == subscription.contract_id,
        SubscriptionPause.paused_until >= today,
        SubscriptionPause.is_kept,
    )
    return why_no_free_months(
        unbilled_facts(session, subscription),
        is_paused=session.scalar(pause.limit(1)) is not None,
        granted_on=day_of(granted_at) if granted_at else None,
        today=today,
    )
