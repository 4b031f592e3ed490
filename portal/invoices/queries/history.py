"""Rows about invoices that no entry of the log tells of, for a customer's timeline."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, exists, func, select

from portal.customers.models import Customer
from portal.customers.queries.history import facts
from portal.invoices.models import Invoice
from portal.shared.audit import LogEntry
from portal.shared.mail_rows import MailMessage


def run_invoices(customer: Customer) -> Select[datetime, int, Any]:
    """The customer's invoices that a billing run made."""
    told = facts(
        invoice_id=Invoice.id, number=Invoice.number, amount_cents=Invoice.amount_cents, due_on=Invoice.due_on
    )
    return select(Invoice.issued_at, Invoice.id, told).where(
        Invoice.customer_id == customer.id,
        Invoice.partner_id == customer.partner_id,
        Invoice.chunk_id.is_not(None),
    )


def mails_about_invoices(customer: Customer, *, kinds: Collection[str]) -> Select[datetime, int, Any]:
    """Mails of these kinds about an invoice of the customer, unless the log tells who sent them."""
    told = facts(
        invoice_id=Invoice.id,
        number=Invoice.number,
        kind=MailMessage.kind,
        state=MailMessage.state,
        to_name=func.coalesce(func.nullif(MailMessage.to_name, ""), MailMessage.to_address),
    )
    is_logged = exists().where(
        LogEntry.subject_type == Invoice.__tablename__,
        LogEntry.subject_id == Invoice.id,
        LogEntry.at == MailMessage.created_at,
    )
    at = func.coalesce(MailMessage.sent_at, MailMessage.created_at)
    return (
        select(at, MailMessage.id, told)
        .join(Invoice, and_(MailMessage.subject_id == Invoice.id, MailMessage.kind.in_(kinds)))
        .where(Invoice.customer_id == customer.id, Invoice.partner_id == customer.partner_id, ~is_logged)
    )
