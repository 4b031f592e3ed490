"""Mails about cards that end soon."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.models.cards import Card
from portal.cards.queries.expiring import is_in_use
from portal.cards.rules.cards import expiry_told, last_day_of_card
from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.customers.queries.reading import recipient_of
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.mail import Notice, queue_notices
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind


def cards_expiring(session: Session, *, cards: Sequence[tuple[Card, Contract]], now: datetime) -> int:
    """Tell the payers of cards, with loaded contracts that they pay, that these end; how many were new.

    Each card once for each of the days of `EXPIRY_TOLD_DAYS`.
    """
    notices = []
    for card, contract in cards:
        last_day = last_day_of_card(month=card.exp_month, year=card.exp_year)
        days, to = expiry_told(last_day, today=day_of(now)), recipient_of(contract.customer)
        if days is None or to is None:
            continue
        notices.append(
            Notice(
                subject_id=card.id,
                key=f"card-expiring:{card.id}:{days}",
                to=to.address,
                to_name=to.name,
                facts={"contract_id": contract.id},
                partner_id=contract.partner_id,
                reply_to=contract.quote.owner.email,
            )
        )
    return queue_notices(session, kind="card_expiring", notices=notices, now=now)


def _is_still_used(session: Session, notice: MailMessage, now: datetime) -> bool:
    """Not when another one was registered since, or it pays for nothing any more."""
    return is_in_use(session, session.get_one(Card, notice.subject_id), today=day_of(now))


def _expiring(session: Session, notice: MailMessage, _now: datetime) -> Letter:
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
    )


def _in_sellers_name(session: Session, notice: MailMessage) -> str:
    return load_contract(session, notice.facts["contract_id"]).customer.partner.trade_name


NOTICES = (
    NoticeKind(name="card_expiring", is_needed=_is_still_used, write=_expiring, in_name_of=_in_sellers_name),
)
