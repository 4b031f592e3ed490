"""Reminders, and what was written by WhatsApp, for the timeline of a customer."""

from typing import Any

from sqlalchemy import Select, select

from portal.customers.models import Customer
from portal.customers.queries.history import facts
from portal.dunning.models import DunningMessage
from portal.invoices.models import Invoice
from portal.whatsapp.models import WhatsAppReceived


def reminders(customer: Customer) -> Select[*tuple[Any, ...]]:
    """The reminders of a customer that were handed on."""
    told = facts(
        channel=DunningMessage.channel,
        fell_back_to=DunningMessage.fell_back_to,
        days=DunningMessage.days,
        number=Invoice.number,
        invoice_id=DunningMessage.invoice_id,
    )
    return (
        select(DunningMessage.queued_at, DunningMessage.id, told)
        .join(Invoice, Invoice.id == DunningMessage.invoice_id)
        .where(DunningMessage.customer_id == customer.id, DunningMessage.queued_at.is_not(None))
    )


def received(customer: Customer) -> Select[*tuple[Any, ...]]:
    """What people of a customer wrote to us."""
    told = facts(text=WhatsAppReceived.text, intent=WhatsAppReceived.intent)
    return select(WhatsAppReceived.wrote_at, WhatsAppReceived.id, told).where(
        WhatsAppReceived.customer_id == customer.id
    )
