"""Charging a registered card: when it is time, once, and what the processor says of it."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.cards.models.cards import Card
from portal.cards.models.charge import Charge
from portal.cards.notifications import charges as notifications
from portal.cards.queries.cards import find_card, find_live_charge, was_declined
from portal.cards.rules.cards import CANCEL_CHARGE, CHARGE, LIVE_CHARGE, NOT_MADE, ChargeState, may_be_made
from portal.contracts.models import Contract
from portal.contracts.queries import reading
from portal.contracts.queries.reading import bills_customer, load_contract, payment_methods_of
from portal.contracts.rules.states import ContractState
from portal.gateways.cards.messages import ChargeOrder, ChargeReport, ChargeStatus
from portal.invoices.queries import reading as invoices_reading
from portal.invoices.queries.late_charges import due_on_day
from portal.invoices.queries.reading import find_open_invoice_of_contract, lock_invoice
from portal.invoices.queries.recipients import payer_of
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import BEGUN_BY_US, Payer, PaymentSource
from portal.shared import audit, queue
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.shared.payment_methods import Way
from portal.subscriptions.rules import BilledTo


def lock_contract(session: Session, contract_id: int) -> Contract:
    """A contract, locked: of its signing and its card's registration, the later one sees the other."""
    reading.lock_contract(session, contract_id)
    contract = load_contract(session, contract_id)
    session.refresh(contract)
    return contract


def charge_when_ready(session: Session, *, contract_id: int, now: datetime) -> Charge | None:
    """Charge the first payment as soon as contract and card are there, whichever comes later (product 5)."""
    contract = lock_contract(session, contract_id)
    if contract.state is not ContractState.AWAITING_PAYMENT or not bills_customer(contract):
        return None
    if payment_methods_of(contract)[0] != Way.CARD:
        return None
    invoice = find_open_invoice_of_contract(session, contract_id)
    card = find_card(session, contract, billed_to=BilledTo.CUSTOMER)
    if invoice is None or card is None:
        return None
    return start_charge(session, invoice_id=invoice.id, card=card, now=now)


def start_charge(
    session: Session, *, invoice_id: int, card: Card, now: datetime, by_payer: bool = False
) -> Charge | None:
    """Charge an open invoice, with the day's late charges, to its payer's card; None when one is under way or
    this card was refused for it.

    Nor while a boleto of the contract is being settled: the money is on its way. What was refused is tried
    again by `due.retry_charges`. `by_payer`: the payer asks for it just now.
    """
    invoice = lock_invoice(session, invoice_id)
    if invoice is None:
        return None
    due = due_on_day(session, invoice, day_of(now))
    refused = was_declined(session, invoice_id=invoice_id, card_id=card.id)
    is_payers = card.billed_to is payer_of(invoice).billed_to
    if invoice.open_cents <= 0 or refused or not is_payers or find_live_charge(session, invoice_id):
        return None
    if invoices_reading.is_boleto_settling(session, invoice.contract_id):
        return None
    charge = Charge(
        key=f"charge:{uuid4().hex}",
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
        contract_id=invoice.contract_id,
        billed_to=card.billed_to,
        invoice_id=invoice.id,
        card_id=card.id,
        amount_cents=due.total_cents,
        late_cents=due.charges_cents,
        by_payer=by_payer,
        currency=invoice.currency,
        created_at=now,
    )
    session.add(charge)
    session.flush()
    queue.enqueue(session, CHARGE, subject_id=charge.id, now=now)
    return charge


def prepare_charge(session: Session, charge_id: int, *, now: datetime) -> ChargeOrder | str | None:
    """What to ask the processor; that it is asked is stored before it is (S5). None when all is known.

    An order to charge or, of a charge that the processor knows, its reference.

    A charge that may have been made is looked for. It is not made again when its invoice needs it no more,
    or when the processor may have forgotten its key.
    """
    charge = _lock(session, charge_id)
    was_asked, is_over = charge.asked_at is not None, charge.state not in LIVE_CHARGE
    if charge.state is ChargeState.SUCCEEDED or (is_over and not was_asked):
        return None
    is_owed = _is_owed(session, charge)
    if not was_asked and not is_owed:
        _end(charge, ChargeState.CANCELED, now=now)
        return None
    if not was_asked:
        charge.asked_at, charge.state = now, ChargeState.PROCESSING
    elif charge.state is ChargeState.PROCESSING and charge.processor_charge is None:
        charge.state = ChargeState.UNKNOWN
    charge.checked_at = now
    if charge.processor_charge is not None:
        return charge.processor_charge
    return ChargeOrder(
        key=charge.key,
        customer=charge.card.processor_customer,
        method=charge.card.processor_method,
        amount_cents=charge.amount_cents,
        currency=charge.currency,
        look_first=was_asked,
        look_only=is_over or not is_owed or not may_be_made(charge.created_at, now=now),
    )


def settle_charge(session: Session, charge_id: int, report: ChargeReport | None, *, now: datetime) -> None:
    """Write down, once, what the processor says of a charge; None: it has none of this key."""
    charge = _lock(session, charge_id)
    if charge.state is ChargeState.SUCCEEDED:
        return
    if report is not None:
        charge.processor_charge = report.id
    if report is not None and report.status is ChargeStatus.SUCCEEDED:
        _succeed(session, charge, report, now=now)
    elif charge.state in LIVE_CHARGE:  # else it is over: only money that came in after all changes that
        _settle_live(session, charge, report, now=now)


def check_charge_of(session: Session, *, invoice_id: int, now: datetime) -> None:
    """The browser says that the customer confirmed with the bank: the processor is asked."""
    charge = find_live_charge(session, invoice_id)
    if charge is not None:
        queue.enqueue(session, CHARGE, subject_id=charge.id, now=now)


def supersede_charge(session: Session, *, contract_id: int, card: Card, now: datetime) -> None:
    """A new card is there: give up charges of an older one that wait for the customer's bank."""
    waiting = select(Charge.id).where(
        Charge.contract_id == contract_id,
        Charge.state == ChargeState.REQUIRES_ACTION,
        Charge.billed_to == card.billed_to,
        Charge.card_id != card.id,
    )
    for charge_id in session.scalars(waiting).all():
        queue.enqueue(session, CANCEL_CHARGE, subject_id=charge_id, now=now)


def give_up_charges(session: Session, *, invoice_id: int, now: datetime) -> None:
    """The invoice is paid or void: no charge of it may wait for the customer any longer."""
    charge = find_live_charge(session, invoice_id)
    if charge is not None and charge.state is ChargeState.REQUIRES_ACTION:
        queue.enqueue(session, CANCEL_CHARGE, subject_id=charge.id, now=now)


def find_charge_to_cancel(session: Session, charge_id: int, *, now: datetime) -> str | None:  # noqa: ARG001
    """The processor's reference of a charge that waits for the customer."""
    charge = _lock(session, charge_id)
    return charge.processor_charge if charge.state is ChargeState.REQUIRES_ACTION else None


def _settle_live(session: Session, charge: Charge, report: ChargeReport | None, *, now: datetime) -> None:
    if report is None and not _is_owed(session, charge):  # paid another way meanwhile: rightly not made
        _end(charge, ChargeState.CANCELED, now=now)
    elif report is None:
        _decline(session, charge, NOT_MADE, now=now)
    elif report.status is ChargeStatus.DECLINED:
        _decline(session, charge, report.reason, now=now)
    elif report.status is ChargeStatus.CANCELED:
        _end(charge, ChargeState.CANCELED, now=now)
        _charge_newer_card(session, charge, now=now)
    elif report.status is ChargeStatus.REQUIRES_ACTION:
        charge.state, charge.secret = ChargeState.REQUIRES_ACTION, report.secret
        notifications.confirmation_needed(session, charge=charge, now=now)
    else:
        charge.state = ChargeState.PROCESSING


def _succeed(session: Session, charge: Charge, report: ChargeReport, *, now: datetime) -> None:
    # What the payer asked for, or confirmed with the bank, is its own doing.
    is_ours = not charge.by_payer and charge.state is not ChargeState.REQUIRES_ACTION
    _end(charge, ChargeState.SUCCEEDED, now=now)
    session.flush()
    receive_payment(
        session,
        source=PaymentSource.CARD,
        external_id=report.id,
        invoice_id=charge.invoice_id,
        amount_cents=report.amount_cents,
        currency=report.currency,
        # With late charges in it, it pays what the invoice cost when it was begun, whenever the bank agrees.
        paid_at=charge.created_at if charge.late_cents else report.paid_at or now,
        payer=Payer(customer_id=charge.customer_id),
        facts={"charge_key": charge.key, "card": charge.card.words, BEGUN_BY_US: is_ours},
        now=now,
    )


def _decline(session: Session, charge: Charge, reason: str, *, now: datetime) -> None:
    _end(charge, ChargeState.DECLINED, now=now)
    charge.reason = reason
    session.flush()
    audit.record(
        session,
        action="charge_declined",
        summary=f"Cobrança de {format_money(charge.amount_cents)} recusada no cartão {charge.card.words}",
        subject=charge,
        actor=None,
        now=now,
        facts={"reason": reason},
    )
    if _charge_newer_card(session, charge, now=now) is None and _is_owed(session, charge):
        notifications.charge_declined(session, charge=charge, now=now)


def _charge_newer_card(session: Session, charge: Charge, *, now: datetime) -> Charge | None:
    """The payer registered another card while this charge was under way: it is that card's turn."""
    contract = load_contract(session, charge.contract_id)
    card = find_card(session, contract, billed_to=charge.billed_to)
    if card is None or card.id == charge.card_id:
        return None
    return start_charge(session, invoice_id=charge.invoice_id, card=card, by_payer=charge.by_payer, now=now)


def _is_owed(session: Session, charge: Charge) -> bool:
    face_cents = charge.amount_cents - charge.late_cents
    return invoices_reading.open_cents(session, charge.invoice_id) >= face_cents


def _end(charge: Charge, state: ChargeState, *, now: datetime) -> None:
    charge.state, charge.settled_at, charge.secret = state, now, ""


def _lock(session: Session, charge_id: int) -> Charge:
    """A charge and its card, read afresh under the lock of their contract."""
    contract_id = session.scalars(select(Charge.contract_id).where(Charge.id == charge_id)).one()
    reading.lock_contract(session, contract_id)
    statement = select(Charge).where(Charge.id == charge_id).options(joinedload(Charge.card))
    return session.scalars(statement.execution_options(populate_existing=True)).one()
