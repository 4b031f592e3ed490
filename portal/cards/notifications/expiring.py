"""Mails about cards that end soon."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cards.models.cards import Card, CardRequest
from portal.cards.queries.expiring import is_in_use
from portal.cards.rules.cards import LIVE_REQUEST, expiry_told, last_day_of_card
from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.customers.queries.reading import recipient_of
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.mail import Notice, queue_notices
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind
from portal.shared.tokens import Purpose


def not_told(
    session: Session, *, cards: Sequence[tuple[Card, Contract]], now: datetime
) -> list[tuple[Card, Contract]]:
    """Those of cards that end whose payers have an address and were not told yet that they do."""
    keys = {
        key: (card, contract)
        for card, contract in cards
        if (key := _key_of(card, now=now)) and recipient_of(contract.customer)
    }
    told = set(session.scalars(select(MailMessage.key).where(MailMessage.key.in_(keys))))
    return [found for key, found in keys.items() if key not in told]


def cards_expiring(
    session: Session,
    *,
    cards: Sequence[tuple[Card, Contract]],
    links: Mapping[int, CardRequest | None],
    now: datetime,
) -> int:
    """Tell the payers of cards, with loaded contracts that they pay, that these end; how many were new.

    Each card once for each of the days of `EXPIRY_TOLD_DAYS`. `links` are the requests by which another card
    is registered, by the id of the card that ends.
    """
    notices = []
    for card, contract in cards:
        key, to, request = _key_of(card, now=now), recipient_of(contract.customer), links.get(card.id)
        if not key or to is None:
            continue
        notices.append(
            Notice(
                subject_id=card.id,
                key=key,
                to=to.address,
                to_name=to.name,
                facts={"contract_id": contract.id, "request_id": request.id if request else None},
                partner_id=contract.partner_id,
                reply_to=contract.quote.owner.email,
            )
        )
    return queue_notices(session, kind="card_expiring", notices=notices, now=now)


def _key_of(card: Card, *, now: datetime) -> str:
    """Names the notice of a card for the days that are left; empty when there are too many or none."""
    last_day = last_day_of_card(month=card.exp_month, year=card.exp_year)
    days = expiry_told(last_day, today=day_of(now))
    return "" if days is None else f"card-expiring:{card.id}:{days}"


def _is_still_used(session: Session, notice: MailMessage, now: datetime) -> bool:
    """Not when another one was registered since, or it pays for nothing any more."""
    return is_in_use(session, session.get_one(Card, notice.subject_id), today=day_of(now))


def _link(session: Session, notice: MailMessage, now: datetime) -> Link | None:
    request_id = notice.facts.get("request_id")  # what was queued by an older version names none
    request = session.get(CardRequest, request_id) if request_id else None
    if request is None or request.state not in LIVE_REQUEST or request.expires_at <= now:
        return None
    return Link(
        purpose=Purpose.CARD_REGISTRATION,
        subject_id=request.id,
        partner_id=request.partner_id,
        endpoint="cards.register_card",
        ends_at=request.expires_at,
    )


def _expiring(session: Session, notice: MailMessage, now: datetime) -> Letter:
    card = session.get_one(Card, notice.subject_id)
    contract = load_contract(session, notice.facts["contract_id"])
    owner = contract.quote.owner
    return Letter(
        template="card_expiring",
        context={
            "name": notice.to_name,
            "partner": contract.customer.partner.trade_name,
            "card": card.words,
            "last_day": format_date(last_day_of_card(month=card.exp_month, year=card.exp_year)),
            "number": contract.label,
            "sender": owner.name,
            "sender_email": owner.email,
        },
        link=_link(session, notice, now),
    )


def _in_sellers_name(session: Session, notice: MailMessage) -> str:
    return load_contract(session, notice.facts["contract_id"]).customer.partner.trade_name


NOTICES = (
    NoticeKind(name="card_expiring", is_needed=_is_still_used, write=_expiring, in_name_of=_in_sellers_name),
)
