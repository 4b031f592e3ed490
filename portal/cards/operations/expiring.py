"""Telling payers that their card ends soon."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.cards.models.cards import Card
from portal.cards.notifications.expiring import cards_expiring, not_told
from portal.cards.operations.requests import request_for_change
from portal.cards.queries.expiring import list_expiring_cards
from portal.cards.rules.cards import EXPIRY_TOLD_DAYS
from portal.contracts.models import Contract
from portal.shared import audit
from portal.shared.clock import day_of

AT_ONCE = 1_000


def tell_of_expiring_cards(session: Session, *, now: datetime) -> int:
    """Tell of the cards that end within 30 and within 7 days, once each; how many were new."""
    today, told, after_id = day_of(now), 0, 0
    last = today + timedelta(days=max(EXPIRY_TOLD_DAYS))
    while chunk := list_expiring_cards(session, first=today, last=last, after_id=after_id, limit=AT_ONCE):
        told += _tell(session, chunk, now=now)
        after_id = chunk[-1][0].id
    return told


def _tell(session: Session, chunk: Sequence[tuple[Card, Contract]], *, now: datetime) -> int:
    """Each with a link by which its payer registers another card, where cards can be registered."""
    new = not_told(session, cards=chunk, now=now)
    audit.lock_streams(session, [contract.customer_id for _card, contract in new])
    links = {card.id: request_for_change(session, contract=contract, now=now) for card, contract in new}
    return cards_expiring(session, cards=new, links=links, now=now)
