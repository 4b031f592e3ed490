"""Taking a payment before its money moves."""

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.queries.reading import lock_invoice
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentOutcome
from portal.shared import audit
from portal.shared.queue import TryLater


def lock_placed(session: Session, payment_id: int) -> tuple[Payment, Invoice | None]:
    """A payment under the locks of its customer and contract, read afresh, with the invoice it is of.

    No invoice where the money is not placed.
    """
    payment = session.get_one(Payment, payment_id)
    audit.lock_streams(session, [payment.customer_id] if payment.customer_id else [])
    invoice = lock_invoice(session, payment.invoice_id) if payment.invoice_id else None
    session.flush()
    payment = session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True)
    is_placed = payment.outcome in (PaymentOutcome.SETTLED, PaymentOutcome.CREDITED)
    return payment, invoice if is_placed else None


def lock_told_of(session: Session, payment_id: int) -> tuple[Payment, Invoice | None]:
    """As `lock_placed`, for a job: who was faster and placed the money held its invoice, which is not locked.

    Raises:
        TryLater: finance placed the money in this very moment.
    """
    payment, invoice = lock_placed(session, payment_id)
    if invoice is None and payment.invoice_id is not None:
        raise TryLater("the payment found its invoice meanwhile")
    return payment, invoice
