"""Late fee and interest: come about when money comes late, are paid with it, or waived by finance."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, LateCharge
from portal.invoices.operations.ledger import post_of_invoice
from portal.invoices.operations.log import log_event
from portal.invoices.queries.late_charges import face_within, lateness_of, list_open_charges
from portal.invoices.queries.reading import UNKNOWN, lock_invoice
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.refusals import NothingToWaive
from portal.shared.auth import Actor
from portal.shared.brazil import format_money
from portal.shared.clock import day_of
from portal.shared.refusals import Missing, Refusal

SMALL_DIFFERENCE = "Diferença de centavos."


def assess_lateness(
    session: Session, invoice: Invoice, *, base_cents: int, payment_key: str, at: datetime, now: datetime
) -> LateCharge | None:
    """Charge what a payment made `at` was late with, on the part of a locked invoice that it paid."""
    late = lateness_of(session, invoice, cents=base_cents, day=day_of(at))
    if not late.total_cents:
        return None
    charge = LateCharge(
        invoice_id=invoice.id,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
        payment_key=payment_key,
        base_cents=base_cents,
        days_late=late.days_late,
        late_fee_cents=late.late_fee_cents,
        late_interest_cents=late.late_interest_cents,
        assessed_at=now,
    )
    session.add(charge)
    session.flush()
    return charge


def charge_all_open(
    session: Session, invoice: Invoice, *, payment_key: str, at: datetime, now: datetime
) -> LateCharge | None:
    """Charge what a payment made `at` finds open of a locked invoice whose charges are paid first."""
    if not invoice.charges_first:
        return None
    base_cents = face_within(invoice, invoice.open_cents)
    return assess_lateness(session, invoice, base_cents=base_cents, payment_key=payment_key, at=at, now=now)


def pay_late_charges(
    session: Session,
    invoice: Invoice,
    *,
    amount_cents: int,
    short_cents: int,
    payment_key: str,
    source: Account,
    now: datetime,
) -> None:
    """Let a payment pay charges of a locked invoice, the oldest first; `short_cents` more are let go.

    Raises:
        ValueError: that is more than is open.
    """
    post_of_invoice(
        session,
        invoice,
        kind=PostingKind.LATE_CHARGES,
        debit=source,
        credit=Account.LATE_CHARGES,
        amount_cents=amount_cents,
        payment_key=payment_key,
        now=now,
    )
    paid, short = amount_cents, short_cents
    for charge in list_open_charges(session, invoice.id):
        part = min(paid, charge.open_cents)
        charge.paid_cents += part
        paid -= part
        if short and charge.open_cents:
            part = min(short, charge.open_cents)
            _waive(charge, part, SMALL_DIFFERENCE, None)
            short -= part
    if paid or short:
        raise ValueError("more than the charges that are open")
    session.flush()


def waive_late_charges(session: Session, *, invoice_id: int, reason: str, actor: Actor, now: datetime) -> int:
    """Let all open charges of an invoice go; how many centavos.

    Raises:
        Missing: no such invoice.
        NothingToWaive: none is open.
        Refusal: at `reason`, without one.
    """
    if not reason.strip():
        raise Refusal("Escreva o motivo da dispensa.", field="reason")
    invoice = lock_invoice(session, invoice_id)
    if invoice is None:
        raise Missing(UNKNOWN)
    charges = list_open_charges(session, invoice.id)
    cents = sum(charge.open_cents for charge in charges)
    if not cents:
        raise NothingToWaive(invoice.label)
    for charge in charges:
        _waive(charge, charge.open_cents, reason.strip(), actor.user_id)
    session.flush()
    summary = f"Encargos de {format_money(cents)} da fatura {invoice.label} dispensados"
    log_event(session, invoice, "late_charges_waived", summary, actor=actor, now=now, reason=reason.strip())
    return cents


def waive_for_agreement(session: Session, invoice: Invoice, *, cents: int | None, reason: str) -> int:
    """Let open charges of a locked invoice go that an agreement stands for, up to `cents`; how many went."""
    left = cents
    for charge in list_open_charges(session, invoice.id):
        part = charge.open_cents if left is None else min(left, charge.open_cents)
        if part:
            _waive(charge, part, reason, None)
            left = None if left is None else left - part
    session.flush()
    return 0 if cents is None or left is None else cents - left


def _waive(charge: LateCharge, cents: int, reason: str, by: int | None) -> None:
    charge.waived_cents += cents
    charge.waive_reason, charge.waived_by_id = reason, by
