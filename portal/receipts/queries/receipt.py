"""What paid an invoice, as the ledger has it."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, Posting
from portal.invoices.rules.ledger import SETTLING, Account
from portal.receipts.models.payment import Payment


class PaidPart(NamedTuple):
    """What one payment gave to an invoice; `payment` is None unless it is kept under the invoice."""

    key: str
    cents: int
    booked_at: datetime
    payment: Payment | None


def list_paid_parts(session: Session, invoice: Invoice) -> list[PaidPart]:
    """What paid an invoice, in the order of booking; of a payment that was larger only the part."""
    parts = session.execute(
        select(Posting.payment_key, func.sum(Posting.amount_cents), func.min(Posting.booked_at))
        .where(
            Posting.invoice_id == invoice.id,
            Posting.kind.in_(SETTLING),
            Posting.credit_account == Account.RECEIVABLE,
        )
        .group_by(Posting.payment_key)
        .order_by(func.min(Posting.id))
    ).all()
    payments = session.scalars(select(Payment).where(Payment.invoice_id == invoice.id))
    known = {payment.key: payment for payment in payments}
    return [PaidPart(key, int(cents), booked_at, known.get(key)) for key, cents, booked_at in parts]
