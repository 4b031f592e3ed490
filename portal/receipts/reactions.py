"""What the receipts room does when something happened elsewhere."""

from sqlalchemy.orm import Session

from portal.invoices.events import CreditNoteIssued, InvoiceCredited, InvoiceIssued, InvoicesIssued
from portal.invoices.queries.late_charges import FREE_INSTALLMENT
from portal.invoices.queries.reading import load_invoice
from portal.receipts.operations.allocating import keep_credit_of_invoice, keep_credit_of_note
from portal.receipts.operations.credit import apply_credit
from portal.receipts.queries.credits import invoices_with_credit
from portal.receipts.rules.receiving import USE_CREDIT
from portal.shared.queue import enqueue_all


def keep_credit(session: Session, fact: InvoiceCredited) -> None:
    """What was paid of an invoice that was canceled stands with its payer's other credit."""
    invoice = load_invoice(session, fact.invoice_id)
    keep_credit_of_invoice(session, invoice=invoice, amount_cents=fact.amount_cents, now=fact.at)


def use_credit(session: Session, fact: InvoiceIssued) -> None:
    """A new invoice is paid by its payer's credit first; a contract's first one by money alone (M1)."""
    if load_invoice(session, fact.invoice_id).installment_number != FREE_INSTALLMENT:
        apply_credit(session, invoice_id=fact.invoice_id, actor=None, now=fact.at)


def use_credits(session: Session, fact: InvoicesIssued) -> None:
    """So are those of a billing chunk, one by one: few payers have credit."""
    wanted = session.scalars(invoices_with_credit(fact.chunk_id)).all()
    if wanted:
        enqueue_all(session, USE_CREDIT, subject_ids=wanted, now=fact.at)


def keep_credit_of_a_note(session: Session, fact: CreditNoteIssued) -> None:
    """What a credit note gives back stands with the payer's other credit."""
    keep_credit_of_note(
        session,
        invoice=load_invoice(session, fact.invoice_id),
        credit_note_id=fact.credit_note_id,
        amount_cents=fact.amount_cents,
        now=fact.at,
    )
