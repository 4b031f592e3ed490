"""Which invoice money is probably for."""

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.rules import InvoiceState
from portal.payments.rules.bank_notices import Credit
from portal.payments.rules.pix import invoice_of
from portal.shared.db import LARGEST_ID


def find_invoice_of_credit(session: Session, credit: Credit) -> int | None:
    """The invoice a TED names; else the only open one of its payer for exactly this amount."""
    if named := invoice_of(credit.reference):
        return named if named <= LARGEST_ID else None
    if number := re.search("[0-9]{1,12}", credit.reference):
        by_number = select(Invoice.id).where(Invoice.number == int(number[0]))
        if (found := session.scalar(by_number)) is not None:
            return found
    if not credit.payer.document:
        return None
    fitting = session.scalars(
        select(Invoice.id)
        .where(
            Invoice.payer_document == credit.payer.document,
            Invoice.state == InvoiceState.OPEN,
            Invoice.amount_cents - Invoice.paid_cents == credit.amount_cents,
        )
        .limit(2)
    ).all()
    return fitting[0] if len(fitting) == 1 else None
