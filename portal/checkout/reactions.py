"""Nobody is asked for what is paid, void or given up."""

from sqlalchemy.orm import Session

from portal.checkout import operations
from portal.checkout.rules import STOP_COLLECTING
from portal.invoices.events import InvoiceGivenUp, InvoiceHeld, InvoicePaid, InvoicesPaid, InvoiceVoided
from portal.shared import queue


def stop_collecting(session: Session, fact: InvoiceVoided | InvoiceHeld | InvoiceGivenUp) -> None:
    """What is void, given up or in an agreement is asked of nobody, by boleto or by card."""
    operations.stop_collecting(session, fact.invoice_id, now=fact.at)


def stop_collecting_later(session: Session, fact: InvoicePaid) -> None:
    """So is what is paid; but the money stays received whatever becomes of its boletos."""
    queue.enqueue(session, STOP_COLLECTING, subject_id=fact.invoice_id, now=fact.at)


def stop_collecting_all_later(session: Session, fact: InvoicesPaid) -> None:
    """As `stop_collecting_later`, of many."""
    queue.enqueue_each(
        session, STOP_COLLECTING, subject_ids=[each.invoice_id for each in fact.paid], now=fact.at
    )
