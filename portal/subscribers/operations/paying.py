"""A customer goes to the page on which an invoice is paid."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.operations.sending import payment_link
from portal.shared import audit
from portal.shared.tokens import LinkToken


def link_to_pay(session: Session, *, invoice: Invoice, now: datetime) -> LinkToken:
    """The link behind which an own invoice is paid: of two taps, one finds the other's."""
    audit.lock_stream(session, customer_id=invoice.customer_id)
    return payment_link(session, invoice=invoice, now=now)
