"""Telling payers that their card ends soon."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.cards.notifications.expiring import cards_expiring
from portal.cards.queries.expiring import list_expiring_cards
from portal.cards.rules.cards import EXPIRY_TOLD_DAYS
from portal.shared.clock import day_of

AT_ONCE = 1_000


def tell_of_expiring_cards(session: Session, *, now: datetime) -> int:
    """Tell of the cards that end within 30 and within 7 days, once each; how many were new."""
    today, told, after_id = day_of(now), 0, 0
    last = today + timedelta(days=max(EXPIRY_TOLD_DAYS))
    while chunk := list_expiring_cards(session, first=today, last=last, after_id=after_id, limit=AT_ONCE):
        told += cards_expiring(session, cards=chunk, now=now)
        after_id = chunk[-1][0].id
    return told
