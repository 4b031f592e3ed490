"""What follows for the repasse from payments and activations: never in their transaction.

Whatever is wrong with a waterfall, the money was received; the job waits on *Operação*.
"""

from sqlalchemy.orm import Session

from portal.contracts.events import ContractActivated
from portal.invoices.events import InvoicePaid
from portal.invoices.queries.reading import find_first_invoice
from portal.payouts.rules import ACCRUE_REPASSE
from portal.shared import queue


def accrue_paid_invoice(session: Session, event: InvoicePaid) -> None:
    """The customer paid: the partner's share accrues, if the contract is active."""
    queue.enqueue(session, ACCRUE_REPASSE, subject_id=event.invoice_id, now=event.at)


def accrue_first_invoice(session: Session, event: ContractActivated) -> None:
    """The contract is active: the share of what was paid before its signature accrues now."""
    invoice = find_first_invoice(session, event.contract_id)
    if invoice is not None:
        queue.enqueue(session, ACCRUE_REPASSE, subject_id=invoice.id, now=event.at)
