"""Card requests that nobody answered in time."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.models.cards import CardRequest
from portal.cards.notifications import requests as notifications
from portal.cards.operations.requests import close_request, write_down
from portal.cards.queries.cards import list_expired_requests
from portal.cards.rules.cards import LIVE_REQUEST, CardRequestState
from portal.contracts.queries.reading import load_contract, lock_contract
from portal.subscriptions.rules import BilledTo

EXPIRED_AT_ONCE = 500


def expire_card_requests(session: Session, *, now: datetime) -> int:
    """Close what nobody answered in time, and tell who sells; how many (`EXPIRED_AT_ONCE`: more may wait)."""
    expired = 0
    for contract_id, request_id in list_expired_requests(session, now=now, limit=EXPIRED_AT_ONCE):
        lock_contract(session, contract_id)
        request = session.get_one(CardRequest, request_id, populate_existing=True)
        if request.state not in LIVE_REQUEST or request.expires_at > now:
            continue
        expired += 1
        close_request(session, request, CardRequestState.EXPIRED, now=now)
        write_down(session, request, "card_request_expired", "O link do cartão expirou", actor=None, now=now)
        if request.billed_to is BilledTo.PARTNER:
            continue  # who only looked at another way to pay an own invoice
        contract = load_contract(session, request.contract_id)
        notifications.card_request_expired(session, request=request, contract=contract, now=now)
    return expired
