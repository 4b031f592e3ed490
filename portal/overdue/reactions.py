"""What follows for the state of a service when an invoice is paid or canceled, and when a contract ends."""

from sqlalchemy.orm import Session

from portal.contracts.events import ContractEnded
from portal.invoices.events import InvoicePaid, InvoicesPaid, InvoiceVoided
from portal.invoices.queries.reading import load_invoice
from portal.overdue.operations.recomputing import recompute_contract, recompute_contracts


def release_paid(session: Session, event: InvoicePaid) -> None:
    """What was late may be paid: the service returns in the same transaction."""
    recompute_contract(session, contract_id=event.contract_id, now=event.at)


def release_all_paid(session: Session, event: InvoicesPaid) -> None:
    """As `release_paid`, of many contracts whose rows are taken."""
    recompute_contracts(session, [each.contract_id for each in event.paid], now=event.at)


def release_canceled(session: Session, event: InvoiceVoided) -> None:
    """What was late is owed no longer, as by a credit note."""
    contract_id = load_invoice(session, event.invoice_id).contract_id
    recompute_contract(session, contract_id=contract_id, now=event.at)


def close_ended(session: Session, event: ContractEnded) -> None:
    """Nothing is suspended any more."""
    recompute_contract(session, contract_id=event.contract_id, now=event.at)
