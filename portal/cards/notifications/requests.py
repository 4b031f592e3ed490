"""Mails about registering a card."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.cards.models.cards import Card, CardRequest
from portal.cards.notifications.updates import tell_owner
from portal.cards.pages.plans import plan_of_contract
from portal.contracts.models import Contract
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.mail import mail_link, queue_mail
from portal.shared.tokens import LinkToken


def card_requested(
    session: Session, *, request: CardRequest, contract: Contract, token: LinkToken, now: datetime
) -> None:
    """Ask the customer to register a card: whose request, what will be charged and when, and the link.

    Nobody is written to when the request names no address: its link is passed on by WhatsApp.
    """
    if not request.to_email:
        return
    owner = contract.quote.owner
    queue_mail(
        session,
        key=f"card-request:{request.id}:{request.times_sent}",
        to=request.to_email,
        to_name=request.to_name,
        template="card_request",
        context={
            "name": request.to_name,
            "partner": contract.customer.partner.trade_name,
            "sender": owner.name,
            "sender_email": owner.email,
            "number": contract.label,
            "plan": plan_of_contract(session, contract),
            "last_day": format_date(day_of(request.expires_at)),
            "url": mail_link(token, "cards.register_card"),
        },
        now=now,
        partner_id=request.partner_id,
        link=token,
        reply_to=owner.email,
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
