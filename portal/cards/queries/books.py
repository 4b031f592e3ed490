"""What must be true of cards and charges, for the nightly check."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.cards.models.cards import CardSetup
from portal.cards.models.charge import Charge
from portal.cards.rules.cards import ASKED, CardSetupState

LONGEST_UNKNOWN = timedelta(hours=24)


def count_old_unknowns(session: Session, *, now: datetime) -> int:
    """Charges and cards of which the processor has not said for a day what became of them (invariant S6)."""
    since = now - LONGEST_UNKNOWN
    charges = select(func.count(Charge.id)).where(Charge.state.in_(ASKED), Charge.created_at < since)
    cards = select(func.count(CardSetup.id)).where(
        CardSetup.state == CardSetupState.REPORTED, CardSetup.reported_at < since
    )
    return (session.scalar(charges) or 0) + (session.scalar(cards) or 0)
