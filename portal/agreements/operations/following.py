"""Money of an agreement's parts fills the invoices it holds, the oldest first; a return empties them."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.agreements.models import Agreement, AgreementDebt, AgreementFill, AgreementPart
from portal.agreements.operations.locking import lock_agreement, record
from portal.agreements.operations.signing import begin
from portal.agreements.queries.reading import list_fills
from portal.agreements.rules.states import ENTRY, HOLDING, AgreementState
from portal.invoices.events import InvoiceReopened
from portal.invoices.models import Invoice
from portal.invoices.operations.late_charges import waive_for_agreement
from portal.invoices.operations.reopening import Return, reopen_invoice
from portal.invoices.operations.settling import settle_invoice, void_invoice
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.states import InvoiceState
from portal.receipts.rules.receiving import USE_CREDIT
from portal.shared.queue import enqueue

FULFILLED = "Todas as parcelas foram pagas."


def follow_payment(
    session: Session, *, agreement_id: int, invoice_id: int, at: datetime, now: datetime
) -> None:
    """A part, the invoice of this id, is paid: what it pays of the held invoices is paid of them.

    What was paid beyond it is the payer's credit, and pays the next part right after.
    """
    agreement = lock_agreement(session, agreement_id)
    if agreement.state not in HOLDING:
        return
    part = next(part for part in agreement.parts if part.invoice_id == invoice_id)
    if part.number == ENTRY and agreement.state is AgreementState.AWAITING_ENTRY:
        begin(session, agreement, now=now)
    _fill(session, agreement, part, at=at, now=now)
    following = next((each for each in agreement.parts if not _is_paid(each)), None)
    if following is None:
        _fulfill(session, agreement, now=now)
    elif following.invoice_id is not None:
        enqueue(session, USE_CREDIT, subject_id=following.invoice_id, now=now)


def follow_return(session: Session, *, agreement_id: int, event: InvoiceReopened) -> None:
    """Money of a part went back: so does what it gave to the held invoices, the newest first.

    Where the agreement was fulfilled it runs again; where it was broken, the part is void: the invoices
    themselves are owed.
    """
    agreement = lock_agreement(session, agreement_id)
    part = next(part for part in agreement.parts if part.invoice_id == event.invoice_id)
    if agreement.state is AgreementState.FULFILLED:
        agreement.state, agreement.closed_at, agreement.close_reason = AgreementState.RUNNING, None, ""
        session.flush()
    fills = list_fills(session, agreement.id)
    kept = sum(fill.kept_cents for fill in fills)
    back = max(0, kept - sum(each.face_cents for each in agreement.parts if _is_paid(each)))
    own_first = sorted(fills, key=lambda fill: (fill.part_id == part.id, fill.id), reverse=True)
    for fill in own_first:
        cents = min(back, fill.kept_cents)
        if cents:
            _empty(session, agreement, fill, cents, event)
            back -= cents
    if agreement.state not in HOLDING:
        why = f"O acordo {agreement.label} foi desfeito."
        void_invoice(session, invoice_id=event.invoice_id, reason=why, actor=None, now=event.at)


def _fill(
    session: Session, agreement: Agreement, part: AgreementPart, *, at: datetime, now: datetime
) -> None:
    left = sum(each.face_cents for each in agreement.parts if _is_paid(each))
    left -= sum(fill.kept_cents for fill in list_fills(session, agreement.id))
    for debt in agreement.debts:
        cents = min(left, debt.invoice.unpaid_cents)
        if cents <= 0:
            continue
        fill = AgreementFill(debt_id=debt.id, part_id=part.id, cents=cents, paid_at=at, filled_at=now)
        session.add(fill)
        session.flush()
        settle_invoice(
            session,
            invoice_id=debt.invoice_id,
            payment_key=fill.key,
            amount_cents=cents,
            at=at,
            now=now,
            source=Account.AGREEMENTS,
        )
        left -= cents
        if debt.invoice.state is InvoiceState.PAID:
            _close_charges(session, agreement, debt.invoice)


def _close_charges(session: Session, agreement: Agreement, invoice: Invoice) -> None:
    """What was left of its charges before is in what the agreement asks for."""
    waive_for_agreement(session, invoice, cents=None, reason=f"Incluídos no acordo {agreement.label}.")


def _fulfill(session: Session, agreement: Agreement, *, now: datetime) -> None:
    agreement.state, agreement.closed_at = AgreementState.FULFILLED, now
    agreement.close_reason = FULFILLED
    session.flush()
    record(session, agreement, "agreement_fulfilled", "Acordo {label} cumprido", actor=None, now=now)


def _empty(
    session: Session, agreement: Agreement, fill: AgreementFill, cents: int, event: InvoiceReopened
) -> None:
    debt = session.get_one(AgreementDebt, fill.debt_id)
    invoice = session.get_one(Invoice, debt.invoice_id)
    fill.returned_cents += cents
    reopen_invoice(
        session,
        invoice,
        payment_key=fill.key,
        amount_cents=cents,
        source=Account.AGREEMENTS,
        why=Return(cause=event.cause, key=f"{event.key}:{fill.id}", reason=event.reason, now=event.at),
        held=agreement.state in HOLDING,
    )


def _is_paid(part: AgreementPart) -> bool:
    return part.invoice is not None and part.invoice.state is InvoiceState.PAID
