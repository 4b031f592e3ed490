"""Money that went back and came in again: a refund that failed, a dispute that was won."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.receipts.operations.receiving import park_again, receive_payment
from portal.receipts.rules.receiving import Payer


def receive_again(
    session: Session, *, payment: Payment, external_id: str, amount_cents: int, found_by: str, now: datetime
) -> Payment:
    """Receive it as a payment of its own, placed by the rules of every payment, of the day of the first one.

    Who paid was not late a second time, so nothing is charged for the days it was away. What waited for
    finance when it went waits for finance again.
    """
    facts = {"found_by": found_by, "origin_id": payment.origin_id}
    if payment.invoice_id is None:
        return park_again(
            session, payment=payment, external_id=external_id, amount_cents=amount_cents, facts=facts, now=now
        )
    invoice = session.get_one(Invoice, payment.invoice_id)
    return receive_payment(
        session,
        source=payment.source,
        external_id=external_id,
        invoice_id=invoice.id,
        amount_cents=amount_cents,
        currency=payment.currency,
        paid_at=payment.paid_at,
        payer=Payer(
            name=payment.payer_name,
            document=payment.payer_document or invoice.payer_document,
            customer_id=invoice.customer_id,
        ),
        facts=facts,
        now=now,
    )
