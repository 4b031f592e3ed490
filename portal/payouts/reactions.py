"""What follows for the repasse from payments and activations: never in their transaction.

Whatever is wrong with a waterfall, the money was received; the job waits on *Operação*. What goes back is
taken of what accrued at once: that is by figures that are there.
"""

from sqlalchemy.orm import Session

from portal.contracts.events import ContractActivated
from portal.invoices.events import CreditNoteIssued, InvoicePaid, InvoiceReopened, InvoicesPaid
from portal.invoices.queries.credit_notes import credited_cents
from portal.invoices.queries.reading import find_first_invoice, load_invoice
from portal.payouts.operations.reversing import reverse_beyond
from portal.payouts.rules import ACCRUE_REPASSE, REOPENED, cause_of
from portal.shared import queue


def accrue_paid_invoice(session: Session, event: InvoicePaid) -> None:
    """The customer paid: the partner's share accrues, if the contract is active."""
    queue.enqueue(session, ACCRUE_REPASSE, subject_id=event.invoice_id, now=event.at)


def accrue_paid_invoices(session: Session, event: InvoicesPaid) -> None:
    """As `accrue_paid_invoice`, of many."""
    ids = [each.invoice_id for each in event.paid]
    queue.enqueue_each(session, ACCRUE_REPASSE, subject_ids=ids, now=event.at)


def accrue_first_invoice(session: Session, event: ContractActivated) -> None:
    """The contract is active: the share of what was paid before its signature accrues now."""
    invoice = find_first_invoice(session, event.contract_id)
    if invoice is not None:
        queue.enqueue(session, ACCRUE_REPASSE, subject_id=invoice.id, now=event.at)


def take_back_of_reopened(session: Session, event: InvoiceReopened) -> None:
    """Money of an invoice went back: the share of what is not paid any more does too."""
    invoice = load_invoice(session, event.invoice_id)
    kept = max(0, invoice.paid_cents - credited_cents(session, invoice.id))
    reverse_beyond(
        session,
        invoice_id=invoice.id,
        keep_cents=kept,
        cause=cause_of(event.cause),
        cause_key=f"{REOPENED}{event.key}",
        reason=event.reason,
        now=event.at,
    )


def take_back_of_note(session: Session, event: CreditNoteIssued) -> None:
    """A credit note takes back the share of what it gives back, once that accrued."""
    queue.enqueue(session, ACCRUE_REPASSE, subject_id=event.invoice_id, now=event.at)
