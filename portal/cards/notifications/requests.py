"""Mails about registering a card."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.models.cards import Card, CardRequest
from portal.cards.notifications.updates import tell_owner
from portal.cards.pages.plans import plan_of_contract
from portal.cards.rules.cards import LIVE_REQUEST
from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind
from portal.shared.tokens import Purpose


def card_requested(session: Session, *, request: CardRequest, contract: Contract, now: datetime) -> None:
    """Ask the customer to register a card: whose request, what will be charged and when, and the link.

    Nobody is written to when the request names no address: its link is passed on by WhatsApp.
    """
    if not request.to_email:
        return
    queue_notice(
        session,
        kind="card_request",
        subject_id=request.id,
        key=f"card-request:{request.id}:{request.times_sent}",
        to=request.to_email,
        to_name=request.to_name,
        now=now,
        partner_id=request.partner_id,
        reply_to=contract.quote.owner.email,
    )


def _waits_for_card(session: Session, notice: MailMessage, now: datetime) -> bool:
    """By whom it is mailed to: the signatory may be another person by now."""
    request = session.get(CardRequest, notice.subject_id)
    return (
        request is not None
        and request.state in LIVE_REQUEST
        and now < request.expires_at
        and request.to_email == notice.to_address
    )


def _card_request(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    request = session.get_one(CardRequest, notice.subject_id)
    contract = load_contract(session, request.contract_id)
    owner = contract.quote.owner
    return Letter(
        template="card_request",
        context={
            "name": request.to_name,
            "partner": contract.customer.partner.trade_name,
            "sender": owner.name,
            "sender_email": owner.email,
            "number": contract.label,
            "plan": plan_of_contract(session, contract),
            "last_day": format_date(day_of(request.expires_at)),
        },
        link=Link(
            purpose=Purpose.CARD_REGISTRATION,
            subject_id=request.id,
            partner_id=request.partner_id,
            endpoint="cards.register_card",
            ends_at=request.expires_at,
        ),
    )


def card_registered(session: Session, *, card: Card, contract: Contract, now: datetime) -> None:
    """Tell who sells."""
    tell_owner(
        session,
        contract,
        key=f"card-registered:{card.id}",
        subject=f"Cartão cadastrado: {contract.customer.name}",
        opening=f"{contract.customer.name} cadastrou o cartão do contrato {contract.label}.",
        facts=[("Cartão", card.words)],
        now=now,
    )


def card_request_expired(
    session: Session, *, request: CardRequest, contract: Contract, now: datetime
) -> None:
    """Tell who sells, who can send another link."""
    tell_owner(
        session,
        contract,
        key=f"card-request-expired:{request.id}",
        subject=f"Link do cartão expirado: {contract.customer.name}",
        opening=(
            f"{contract.customer.name} não cadastrou o cartão do contrato {contract.label} no prazo. "
            "Na página do contrato você envia um novo link."
        ),
        facts=[("Enviado a", request.to_email), ("Expirou em", format_date(day_of(request.expires_at)))],
        now=now,
    )


NOTICES = (NoticeKind(name="card_request", is_needed=_waits_for_card, write=_card_request),)
