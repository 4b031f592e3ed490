"""Asking the payer to register a card, by a link that is mailed or opened from an invoice."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from portal.cards.models.cards import CardRequest, CardSetup
from portal.cards.notifications import requests as notifications
from portal.cards.queries.cards import (
    can_pay_by_card,
    find_live_request,
    find_open_setup,
)
from portal.cards.rules.cards import (
    LIVE_REQUEST,
    PREPARE_SETUP,
    CardRequestState,
    CardSetupState,
    CardsNotInUse,
    NothingToAsk,
)
from portal.contracts.models import Contract
from portal.contracts.queries.reading import bills_customer, load_contract, lock_contract, payment_methods_of
from portal.contracts.rules.states import NEVER_ACTIVE, ContractState
from portal.customers.queries.reading import recipient_of
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import list_recipients, payer_of
from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared import audit, queue, tokens
from portal.shared.auth import Actor
from portal.shared.mail import was_just_queued
from portal.shared.payment_methods import Way
from portal.shared.refusals import Conflict
from portal.shared.tokens import LinkToken, Purpose
from portal.shared.whatsapp import Person, prepared_for
from portal.subscriptions.rules import BilledTo

_OVER = (*NEVER_ACTIVE, ContractState.ENDED)


def request_card(session: Session, *, contract: Contract, actor: Actor | None, now: datetime) -> CardRequest:
    """Mail the signatory of a loaded contract a link to register a card; an earlier link stops working.

    Raises:
        CardsNotInUse: no processor is configured.
        NothingToAsk: the contract is over or pays without a card.
    """
    _require_askable(contract)
    lock_contract(session, contract.id)
    if live := find_live_request(session, contract.id, billed_to=BilledTo.CUSTOMER):
        close_request(session, live, CardRequestState.REPLACED, now=now)
    request = _new_request(session, contract, now=now)
    _renew(session, request, now=now)
    notifications.card_requested(session, request=request, contract=contract, now=now)
    write_down(
        session, request, "card_requested", "Pedido de cadastro do cartão enviado", actor=actor, now=now
    )
    return request


def resend_card_request(session: Session, *, contract: Contract, actor: Actor, now: datetime) -> CardRequest:
    """Mail the link once more, as a new one, made when the mail leaves; the old one stops working at once.

    A request that is over is made anew.

    Raises as `request_card`, and Conflict when the mail has only just left.
    """
    lock_contract(session, contract.id)
    contract = load_contract(session, contract.id)
    _require_askable(contract)
    request = find_live_request(session, contract.id, billed_to=BilledTo.CUSTOMER)
    if request is None or request.expires_at <= now:
        return request_card(session, contract=contract, actor=actor, now=now)
    if _was_just_sent(session, request, now=now):
        raise Conflict("O link acabou de ser enviado.")
    if to := recipient_of(contract.customer):  # who may be another person by now
        request.to_name, request.to_email = to.name, to.address
    request.times_sent += 1
    request.sent_at = now
    _renew(session, request, now=now)
    notifications.card_requested(session, request=request, contract=contract, now=now)
    write_down(
        session, request, "card_request_resent", "Link de cadastro do cartão reenviado", actor=actor, now=now
    )
    return request


def prepare_card_link(
    session: Session, *, contract: Contract, to: Person, actor: Actor, now: datetime
) -> tuple[CardRequest, LinkToken]:
    """The link by which a contract's card is registered, for the seller to pass on by WhatsApp.

    One that was mailed and works stays the same; a request that is over is made anew, without a mail.

    Raises as `request_card`.
    """
    lock_contract(session, contract.id)
    contract = load_contract(session, contract.id)
    _require_askable(contract)
    request = _waiting(session, contract.id, BilledTo.CUSTOMER, now=now)
    if request is None:
        request = _new_request(session, contract, now=now)
        request.times_sent = 0
    token = tokens.find_shared(session, purpose=Purpose.CARD_REGISTRATION, subject_id=request.id)
    if token is None or not tokens.is_valid(token, now):
        token = _issue_link(session, request, now=now)
    write_down(
        session, request, "whatsapp_prepared", prepared_for(to, "cadastro do cartão"), actor=actor, now=now
    )
    return request, token


def card_link(session: Session, *, contract_id: int, invoice: Invoice | None = None, now: datetime) -> str:
    """The secret of a card page: another card for a contract's months, or one that pays an invoice at once.

    Raises:
        CardsNotInUse: no processor is configured.
        NothingToAsk: the contract is over or, without an invoice, pays without a card.
    """
    lock_contract(session, contract_id)
    contract = load_contract(session, contract_id)
    if invoice is None:
        _require_askable(contract)
    elif not can_pay_by_card():
        raise CardsNotInUse
    elif contract.state in _OVER:
        raise NothingToAsk
    billed_to = payer_of(invoice).billed_to if invoice else BilledTo.CUSTOMER
    request = _waiting(session, contract.id, billed_to, now=now)
    request = request or _new_request(session, contract, invoice=invoice, now=now)
    if invoice is not None:
        request.invoice_id = invoice.id
    session.flush()
    given_out = tokens.find_shared(session, purpose=Purpose.CARD_REGISTRATION, subject_id=request.id)
    return (given_out or _issue_link(session, request, now=now)).secret()


def request_for_change(session: Session, *, contract: Contract, now: datetime) -> CardRequest | None:
    """The request by whose link a contract's payer registers another card; None where none can be asked.

    One that waits stays the same. Its link is made when the mail that brings it leaves.
    """
    lock_contract(session, contract.id)
    contract = load_contract(session, contract.id)
    try:
        _require_askable(contract)
    except Conflict:
        return None
    waiting = _waiting(session, contract.id, BilledTo.CUSTOMER, now=now)
    return waiting or _new_request(session, contract, now=now)


def record_opening(session: Session, *, request: CardRequest, now: datetime) -> None:
    """Remember that the customer opened the page for the first time. Uses nothing up."""
    if request.state is not CardRequestState.SENT or request.expires_at <= now:
        return
    lock_contract(session, request.contract_id)
    fresh = session.get_one(CardRequest, request.id, populate_existing=True)
    if fresh.state is not CardRequestState.SENT:
        return
    fresh.state, fresh.opened_at = CardRequestState.OPENED, now
    who = "O parceiro" if fresh.billed_to is BilledTo.PARTNER else "O cliente"
    write_down(session, fresh, "card_page_opened", f"{who} abriu a página do cartão", actor=None, now=now)


def start_setup(session: Session, *, request: CardRequest, now: datetime) -> CardSetup:
    """Have the processor get ready to take a card, unless it is already asked to."""
    if found := find_open_setup(session, request.id):
        return found
    setup = CardSetup(request_id=request.id, key=f"card-setup:{uuid4().hex}", created_at=now)
    session.add(setup)
    session.flush()
    queue.enqueue(session, PREPARE_SETUP, subject_id=setup.id, now=now)
    return setup


def cancel_card_request(session: Session, *, contract_id: int, now: datetime) -> None:
    """The contract was dropped: its link stops working."""
    for billed_to in BilledTo:
        if live := find_live_request(session, contract_id, billed_to=billed_to):
            close_request(session, live, CardRequestState.CANCELED, now=now)


def _waiting(session: Session, contract_id: int, billed_to: BilledTo, *, now: datetime) -> CardRequest | None:
    """The live request of a locked contract; one whose time is over is closed."""
    request = find_live_request(session, contract_id, billed_to=billed_to)
    if request is not None and request.expires_at <= now:
        close_request(session, request, CardRequestState.EXPIRED, now=now)
        return None
    return request


def _require_askable(contract: Contract) -> None:
    if not can_pay_by_card():
        raise CardsNotInUse
    if contract.state in _OVER or contract.state is ContractState.DRAFT:
        raise NothingToAsk
    if not bills_customer(contract):
        raise NothingToAsk
    if Way.CARD not in payment_methods_of(contract):
        raise NothingToAsk


def _new_request(
    session: Session, contract: Contract, *, invoice: Invoice | None = None, now: datetime
) -> CardRequest:
    """Asked of the customer of a contract or, for an invoice, of its payer."""
    name, email = _asked_of(session, contract, invoice)
    request = CardRequest(
        partner_id=contract.partner_id,
        customer_id=contract.customer_id,
        contract_id=contract.id,
        billed_to=payer_of(invoice).billed_to if invoice else BilledTo.CUSTOMER,
        invoice_id=invoice.id if invoice else None,
        state=CardRequestState.SENT,
        to_name=name,
        to_email=email,
        created_at=now,
        sent_at=now,
        expires_at=now,
    )
    session.add(request)
    request.expires_at = now + _validity(session)
    session.flush()
    start_setup(session, request=request, now=now)
    return request


def _asked_of(session: Session, contract: Contract, invoice: Invoice | None) -> tuple[str, str]:
    if invoice is not None and payer_of(invoice).is_partner:
        people = list_recipients(session, load_invoice(session, invoice.id))
        return invoice.payer_name, people[0].address if people else ""
    to = recipient_of(contract.customer)
    return (to.name, to.address) if to else (contract.customer.display_name, "")


def _validity(session: Session) -> timedelta:
    return timedelta(days=settings.value(session, Name.CARD_LINK_VALID_DAYS))


def _was_just_sent(session: Session, request: CardRequest, *, now: datetime) -> bool:
    """By mail, or made ready for WhatsApp: that one must not stop working while it is being passed on."""
    purpose = Purpose.CARD_REGISTRATION
    return was_just_queued(
        session, kind="card_request", subject_id=request.id, now=now
    ) or tokens.was_just_issued(session, purpose=purpose, subject_id=request.id, now=now)


def _renew(session: Session, request: CardRequest, *, now: datetime) -> None:
    """Its whole validity from now on, for a link still to be made; earlier ones stop working."""
    request.expires_at = now + _validity(session)
    tokens.revoke(session, purpose=Purpose.CARD_REGISTRATION, subject_id=request.id, now=now)


def _issue_link(session: Session, request: CardRequest, *, now: datetime) -> LinkToken:
    _renew(session, request, now=now)
    return tokens.issue(
        session,
        purpose=Purpose.CARD_REGISTRATION,
        subject_id=request.id,
        now=now,
        valid_for=request.expires_at - now,
        partner_id=request.partner_id,
    )


def close_request(session: Session, request: CardRequest, state: CardRequestState, *, now: datetime) -> None:
    """End a live request without a card. Its page says why; a card taken meanwhile is not kept."""
    if request.state not in LIVE_REQUEST:
        return
    request.state, request.closed_at = state, now
    tokens.revoke(session, purpose=Purpose.CARD_REGISTRATION, subject_id=request.id, now=now)
    if setup := find_open_setup(session, request.id):
        setup.state, setup.secret = CardSetupState.DROPPED, ""
    session.flush()


def write_down(
    session: Session, request: CardRequest, action: str, summary: str, *, actor: Actor | None, now: datetime
) -> None:
    """Say in the customer's log what became of a request."""
    audit.record(
        session,
        action=action,
        summary=f"{summary} (contrato {request.contract_id:06d})",
        subject=request,
        actor=actor,
        actor_label=request.payer_words if actor is None and action == "card_page_opened" else "",
        now=now,
    )
