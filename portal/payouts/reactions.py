"""What follows for the repasse from payments and activations."""

from sqlalchemy.orm import Session

from portal.contracts.events import ContractActivated
from portal.invoices import queries as invoices
from portal.invoices.events import InvoicePaid
from portal.payouts import operations


def accrue_paid_invoice(session: Session, event: InvoicePaid) -> None:
    """The customer paid: the partner's share accrues, if the contract is active."""
    invoice = invoices.load_invoice(session, event.invoice_id)
    operations.accrue_repasse(session, invoice=invoice, payment_key=event.payment_key, now=event.at)


def accrue_first_invoice(session: Session, event: ContractActivated) -> None:
    """The contract is active: the share of what was paid before its signature accrues now."""
    invoice = invoices.find_first_invoice(session, event.contract_id)
    if invoice is not None:
        operations.accrue_repasse(session, invoice=invoice, payment_key=event.payment_key, now=event.at)
