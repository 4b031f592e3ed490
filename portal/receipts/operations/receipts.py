"""Passing the receipt of a paid invoice on: by mail, or ready for WhatsApp."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.invoices.operations.sending import payment_link
from portal.invoices.queries.recipients import list_recipients
from portal.invoices.rules.refusals import NobodyToSendTo
from portal.invoices.rules.states import InvoiceState
from portal.receipts.notifications import invoice_receipt
from portal.receipts.pages import NOT_PAID
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.refusals import Conflict
from portal.shared.tokens import LinkToken
from portal.shared.whatsapp import Person, prepared_for


def send_receipt(session: Session, *, invoice: Invoice, actor: Actor, now: datetime) -> list[str]:
    """Mail the receipt of a loaded invoice to its payer; the names it went to.

    Raises:
        Conflict: it is not paid.
        NobodyToSendTo: no address is registered.
    """
    _hold_paid(session, invoice)
    recipients = list_recipients(session, invoice)
    if not recipients:
        raise NobodyToSendTo(invoice.payer_name)
    for recipient in recipients:
        invoice_receipt(session, invoice=invoice, to=recipient, now=now)
    names = [recipient.name for recipient in recipients]
    summary = f"Recibo da fatura {invoice.label} enviado: {', '.join(names)}"
    _write_down(session, invoice, "receipt_sent", summary, actor=actor, now=now)
    return names


def prepare_receipt(
    session: Session, *, invoice: Invoice, to: Person, actor: Actor, now: datetime
) -> LinkToken:
    """The link behind which the receipt is, for whoever sends it to pass on by WhatsApp.

    Raises:
        Conflict: it is not paid.
    """
    _hold_paid(session, invoice)
    token = payment_link(session, invoice=invoice, now=now)
    summary = prepared_for(to, f"recibo da fatura {invoice.label}")
    _write_down(session, invoice, "whatsapp_prepared", summary, actor=actor, now=now)
    return token


def _hold_paid(session: Session, invoice: Invoice) -> None:
    audit.lock_stream(session, customer_id=invoice.customer_id)  # of two senders, one finds the other's link
    if invoice.state is not InvoiceState.PAID:
        raise Conflict(NOT_PAID)


def _write_down(session: Session, invoice: Invoice, action: str, summary: str, **by: Any) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=invoice,
        facts={"number": invoice.number},
        **by,
    )
