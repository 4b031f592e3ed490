"""Which invoices somebody looks for by what the processor calls a charge of a card."""

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.cards.models.charge import Charge
from portal.invoices.queries.listing import InvoicesByNumber


def invoices_by_charge(_session: Session, asked: InvoicesByNumber) -> Select[int]:
    """The invoices whose charge the processor calls so, whatever became of it."""
    return select(Charge.invoice_id).where(Charge.processor_charge.in_(asked.typed.names))
