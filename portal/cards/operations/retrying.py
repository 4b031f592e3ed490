"""Trying a refused card again, on the days of the settings."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.operations.charging import start_charge
from portal.cards.queries.retries import list_refusals, next_try_of
from portal.shared.clock import day_of


def retry_charges(session: Session, *, now: datetime) -> int:
    """Charge once more the cards whose day has come; how many."""
    today, begun = day_of(now), 0
    for refusal in list_refusals(session):
        day = next_try_of(session, refusal)
        if day is None or day > today:
            continue
        charge = start_charge(session, invoice_id=refusal.invoice_id, card=refusal.card, now=now, again=True)
        begun += charge is not None
    return begun
