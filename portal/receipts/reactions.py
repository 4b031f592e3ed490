"""What the receipts room does when something happened elsewhere."""

from sqlalchemy.orm import Session

from portal.invoices.events import CreditNoteIssued, InvoiceCredited
from portal.invoices.queries.reading import load_invoice
from portal.receipts.operations.receiving import keep_credit_of_invoice, keep_credit_of_note


def keep_credit(session: Session, fact: InvoiceCredited) -> None:
    """What was paid of an invoice that was canceled stands with its payer's other credit."""
    invoice = load_invoice(session, fact.invoice_id)
    keep_credit_of_invoice(session, invoice=invoice, amount_cents=fact.amount_cents, now=fact.at)


def keep_credit_of_a_note(session: Session, fact: CreditNoteIssued) -> None:
    """What a credit note gives back stands with the payer's other credit."""
    keep_credit_of_note(
        session,
        invoice=load_invoice(session, fact.invoice_id),
        credit_note_id=fact.credit_note_id,
        amount_cents=fact.amount_cents,
        now=fact.at,
    )
