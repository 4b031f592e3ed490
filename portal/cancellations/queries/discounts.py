"""How much a customer who wants to leave may be given to stay."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationArgument, CancellationCase
from portal.cancellations.rules.cases import DISCOUNT_AGAIN_AFTER, discount_limit
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.subscriptions.models import Subscription
from portal.subscriptions.rules import BilledTo


def limit_of(session: Session, case: CancellationCase, *, now: datetime) -> int:
    """The most in centavos; 0 for whom the partner bills, or who got a discount within a year."""
    monthly = session.scalar(
        select(Subscription.monthly_cents).where(
            Subscription.contract_id == case.contract_id, Subscription.billed_to == BilledTo.CUSTOMER
        )
    )
    before = select(CancellationCase.id).where(
        CancellationCase.customer_id == case.customer_id,
        CancellationCase.credit_id.is_not(None),
        CancellationCase.closed_at > now - DISCOUNT_AGAIN_AFTER,
    )
    if monthly is None or session.scalar(select(before.exists())):
        return 0
    return discount_limit(monthly, percent=value(session, Name.RETENTION_DISCOUNT_PERCENT))


def accepted_discount(session: Session, case_id: int) -> int:
    """What was accepted last in a case, in centavos; 0 for nothing."""
    found = session.scalar(
        select(CancellationArgument.discount_cents)
        .where(CancellationArgument.case_id == case_id, CancellationArgument.discount_cents > 0)
        .order_by(CancellationArgument.id.desc())
        .limit(1)
    )
    return found or 0
