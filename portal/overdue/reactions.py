"""What follows for the state of a service when an invoice is paid or canceled, and when a contract ends."""

from sqlalchemy.orm import Session

from portal.agreements.events import AgreementBegan, AgreementBroken, AgreementSigned
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


def release_agreed(session: Session, event: AgreementBegan | AgreementSigned) -> None:
    """What was late is in an agreement: the services return as soon as that says."""
    recompute_contracts(session, event.contract_ids, now=event.at)


def look_at_broken(session: Session, event: AgreementBroken) -> None:
    """What was in an agreement is late again; whatever follows from that, follows by night."""
    recompute_contracts(session, event.contract_ids, now=event.at)


def close_ended(session: Session, event: ContractEnded) -> None:
    """Nothing is suspended any more."""
    recompute_contract(session, contract_id=event.contract_id, now=event.at)
