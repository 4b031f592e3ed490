"""What decides whether months of a contract may be given away."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.queries.reading import list_followers_waiting
from portal.invoices.rules.free_months import FreeFacts, why_no_free_months
from portal.shared.clock import day_of
from portal.subscriptions.models import Subscription, SubscriptionPause
from portal.subscriptions.queries.free_months import last_granted_at


def why_none(session: Session, subscription: Subscription, *, today: date) -> str:
    """Why no months of a subscription may be given away today, in words; "" when they may."""
    granted_at = last_granted_at(session, subscription.customer_id)
    paused_until = session.scalar(
        select(func.max(SubscriptionPause.paused_until)).where(
            SubscriptionPause.contract_id == subscription.contract_id,
            SubscriptionPause.paused_until >= today,
            SubscriptionPause.is_kept,
        )
    )
    facts = FreeFacts(
        billed_to=subscription.billed_to,
        state=subscription.service_state,
        pays_by_the_month=subscription.payments_in_term == subscription.months,
        goes_on=subscription.bills_until is None and subscription.ended_at is None,
        is_parked=subscription.parked_reason is not None,
        is_changing=bool(list_followers_waiting(session, subscription.contract_id)),
        paused_until=paused_until,
        granted_on=day_of(granted_at) if granted_at else None,
    )
    return why_no_free_months(facts, today=today)
