"""Taking a card: the processor takes it from the browser, and is asked what came of it."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.cards.models.cards import Card, CardRequest, CardSetup
from portal.cards.notifications import requests as notifications
from portal.cards.operations.charging import charge_when_ready, lock_contract, start_charge, supersede_charge
from portal.cards.queries.cards import find_card, find_open_setup, find_processor_customer
from portal.cards.rules.cards import (
    CHECK_SETUP,
    LIVE_REQUEST,
    OPEN_SETUP,
    CardRequestState,
    CardSetupState,
    LinkNotOpen,
)
from portal.contracts.queries import reading
from portal.contracts.queries.reading import load_contract
from portal.gateways.cards.messages import CardFacts, SetupOrder, SetupReport, SetupStatus
from portal.shared import audit, queue, tokens
from portal.shared.tokens import LinkToken, Purpose
from portal.subscriptions.rules import BilledTo


def prepare_setup(session: Session, setup_id: int, *, now: datetime) -> SetupOrder | None:
    """What to ask the processor; the key is stored already, and that it was asked is stored now (S5)."""
    setup = _load(session, setup_id)
    if setup.state is not CardSetupState.CREATED:
        return None
    look_first = setup.asked_at is not None
    setup.asked_at = setup.asked_at or now
    request = setup.request
    is_partner = request.billed_to is BilledTo.PARTNER
    whose = f"partner:{request.partner_id}" if is_partner else f"customer:{request.customer_id}"
    return SetupOrder(
        key=setup.key,
        customer=find_processor_customer(session, request),
        customer_key=f"portal-{whose}:{setup.key}",
        name=setup.request.to_name,
        email=setup.request.to_email,
        look_first=look_first,
    )


def record_preparation(session: Session, setup_id: int, report: SetupReport, *, now: datetime) -> None:  # noqa: ARG001
    """The processor is ready: the page can show where the card is typed."""
    setup = _load(session, setup_id)
    if setup.state is not CardSetupState.CREATED:
        return
    setup.processor_setup, setup.processor_customer = report.id, report.customer
    setup.state, setup.secret = CardSetupState.READY, report.secret


def report_confirmation(session: Session, *, token: LinkToken, now: datetime) -> None:
    """The browser says that the processor took the card. Nothing is believed: the processor is asked.

    Raises:
        LinkNotOpen: the link expired, was used or replaced.
    """
    setup = find_open_setup(session, token.subject_id) if tokens.is_valid(token, now) else None
    setup = _load(session, setup.id) if setup else None
    if setup is None or setup.state not in (CardSetupState.READY, CardSetupState.REPORTED):
        raise LinkNotOpen
    setup.state, setup.reported_at = CardSetupState.REPORTED, setup.reported_at or now
    queue.enqueue(session, CHECK_SETUP, subject_id=setup.id, now=now)


def find_setup_to_check(session: Session, setup_id: int, *, now: datetime) -> str | None:
    """The processor's reference of a registration whose end is not known."""
    setup = _load(session, setup_id)
    if setup.state not in (CardSetupState.READY, CardSetupState.REPORTED):
        return None
    setup.checked_at = now
    return setup.processor_setup


def record_setup(session: Session, setup_id: int, report: SetupReport, *, now: datetime) -> None:
    """Write down what the processor says: register the card once, or let the customer begin again."""
    setup = _load(session, setup_id)
    if setup.state not in OPEN_SETUP:
        return
    if report.card is not None:
        register_card(session, setup=setup, card=report.card, now=now)
    elif report.status is SetupStatus.CANCELED:
        setup.state, setup.secret = CardSetupState.DROPPED, ""
    elif setup.state is CardSetupState.REPORTED:  # said too early, or falsely
        setup.state = CardSetupState.READY


def register_card(session: Session, *, setup: CardSetup, card: CardFacts, now: datetime) -> Card | None:
    """Keep the card, use the link up, replace the card before it, and charge what waits for it.

    None when the link had stopped working before the customer was done.
    """
    contract = lock_contract(session, setup.request.contract_id)
    request = session.get_one(CardRequest, setup.request_id, with_for_update=True, populate_existing=True)
    if request.state not in LIVE_REQUEST or not _use_up(session, request, setup.reported_at or now):
        setup.state, setup.secret = CardSetupState.DROPPED, ""
        return None
    earlier = find_card(session, contract, billed_to=request.billed_to)
    if earlier is not None and earlier.contract_id == contract.id:
        earlier.replaced_at = now
        session.flush()
    kept = Card(
        partner_id=request.partner_id,
        customer_id=request.customer_id,
        contract_id=request.contract_id,
        billed_to=request.billed_to,
        request_id=request.id,
        processor_customer=setup.processor_customer,
        processor_method=card.method,
        brand=card.brand,
        last4=card.last4,
        exp_month=card.exp_month,
        exp_year=card.exp_year,
        registered_at=now,
    )
    session.add(kept)
    setup.state, setup.secret = CardSetupState.SUCCEEDED, ""
    request.state, request.registered_at, request.closed_at = CardRequestState.REGISTERED, now, now
    session.flush()
    _tell(session, request, kept, now=now)
    if request.invoice_id is not None:
        start_charge(session, invoice_id=request.invoice_id, card=kept, by_payer=True, now=now)
    else:
        charge_when_ready(session, contract_id=contract.id, now=now)
    supersede_charge(session, contract_id=contract.id, card=kept, now=now)
    return kept


def _tell(session: Session, request: CardRequest, card: Card, *, now: datetime) -> None:
    who = request.billed_to.label.lower()
    audit.record(
        session,
        action="card_registered",
        summary=f"O {who} cadastrou o cartão {card.words} (contrato {request.contract_id:06d})",
        subject=request,
        actor=None,
        actor_label=request.payer_words,
        now=now,
    )
    if request.billed_to is BilledTo.PARTNER:
        return  # the seller is told of customers
    contract = load_contract(session, request.contract_id)
    notifications.card_registered(session, card=card, contract=contract, now=now)


def _use_up(session: Session, request: CardRequest, at: datetime) -> bool:
    """One atomic update decides (invariant T1); it counts when the customer was done, not when we heard."""
    token = session.scalar(
        select(LinkToken).where(
            LinkToken.purpose == Purpose.CARD_REGISTRATION,
            LinkToken.subject_id == request.id,
            LinkToken.revoked_at.is_(None),
        )
    )
    return token is not None and tokens.consume(session, token, now=at)


def _load(session: Session, setup_id: int) -> CardSetup:
    """A registration and its request, read afresh under the lock of their contract."""
    contract_id = session.scalars(
        select(CardRequest.contract_id).join(CardSetup).where(CardSetup.id == setup_id)
    ).one()
    reading.lock_contract(session, contract_id)
    statement = select(CardSetup).where(CardSetup.id == setup_id).options(joinedload(CardSetup.request))
    return session.scalars(statement.execution_options(populate_existing=True)).one()
