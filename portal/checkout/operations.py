"""Nobody is asked any more for what is paid, void or given up."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.banking.operations.boleto import withdraw_boletos
from portal.cards.operations.charging import give_up_charges
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.rules.states import InvoiceState

STOPPED = (InvoiceState.PAID, InvoiceState.VOID, InvoiceState.IN_AGREEMENT, InvoiceState.UNCOLLECTIBLE)


def stop_collecting(session: Session, invoice_id: int, *, now: datetime) -> None:
    """Take back boletos and waiting charge of an invoice paid, void, given up or in an agreement.

    Again is nothing.
    """
    invoice = lock_invoice(session, invoice_id)
    if invoice is None or invoice.state not in STOPPED:
        return
    withdraw_boletos(session, invoice_id=invoice_id, now=now)
    give_up_charges(session, invoice_id=invoice_id, now=now)
