"""Payments that no entry of the log tells of, for a customer's timeline."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select

from portal.customers.models import Customer
from portal.customers.queries.history import facts
from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.shared.audit import LogEntry


def payments_beside_log(customer: Customer) -> Select[datetime, int, Any]:
    """What was paid of the customer's invoices, whoever owed them."""
    told = facts(
        invoice_id=Invoice.id,
        number=Invoice.number,
        amount_cents=Payment.amount_cents,
        source=Payment.source,
    )
    is_logged = exists().where(
        LogEntry.subject_type == Payment.__tablename__, LogEntry.subject_id == Payment.id
    )
    return (
        select(Payment.received_at, Payment.id, told)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .where(Invoice.customer_id == customer.id, Invoice.partner_id == customer.partner_id, ~is_logged)
    )
