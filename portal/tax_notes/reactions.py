"""What follows for notas fiscais from facts about invoices."""

from sqlalchemy.orm import Session

from portal.invoices.events import CreditNoteIssued, InvoiceCredited, InvoiceReopened, InvoiceVoided
from portal.tax_notes.operations.reviewing import ask_to_review

type InvoiceChanged = InvoiceVoided | InvoiceReopened | InvoiceCredited | CreditNoteIssued


def review_notes(session: Session, event: InvoiceChanged) -> None:
    """Have somebody look at the notes of an invoice that is not what they were issued for."""
    ask_to_review(session, event.invoice_id, now=event.at)
