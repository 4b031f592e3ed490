"""What is paid in place of an invoice that something holds: the room that knows stands downstream."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.queries.reading import lock_invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True)
class PaidInstead(Question[int | None]):
    """Which invoice, by id, money for a held one is to pay; None where none is open."""

    invoice_id: int


def lock_paid_invoice(session: Session, invoice_id: int) -> Invoice | None:
    """As `lock_invoice`; of one in an agreement, the part that is open for longest."""
    invoice = lock_invoice(session, invoice_id)
    if invoice is None or invoice.state is not InvoiceState.IN_AGREEMENT:
        return invoice
    instead = next((found for found in ask(session, PaidInstead(invoice.id)) if found), None)
    return lock_invoice(session, instead) if instead else invoice
