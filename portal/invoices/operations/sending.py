"""Mailing an invoice with the link it is paid by."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.invoices import notifications
from portal.invoices.models import Invoice
from portal.invoices.operations.log import log_event
from portal.invoices.queries.recipients import find_payment_link, list_recipients, payer_of
from portal.invoices.rules.refusals import NobodyToSendTo, NotOpen
from portal.invoices.rules.states import InvoiceState
from portal.shared import audit, tokens
from portal.shared.auth import Actor
from portal.shared.tokens import LinkToken, Purpose
from portal.shared.whatsapp import Person, prepared_for


def send_invoice(session: Session, *, invoice: Invoice, actor: Actor | None, now: datetime) -> list[str]:
    """Mail a loaded open invoice to its payer; the names it went to. `actor` None: it leaves by itself.

    Links that were sent before go on working.

    Raises:
        NotOpen: there is nothing to pay.
        NobodyToSendTo: no address is registered.
    """
    audit.lock_stream(session, customer_id=invoice.customer_id)  # of two senders, one finds the other's link
    if invoice.state is not InvoiceState.OPEN:
        raise NotOpen(invoice.label, invoice.state.label)
    recipients = list_recipients(session, invoice)
    if not recipients:
        raise NobodyToSendTo(invoice.payer_name)
    payment_link(session, invoice=invoice, now=now)  # the page shows it at once; the mail takes the same
    for recipient in recipients:
        notifications.invoice_issued(
            session, invoice=invoice, to=recipient, is_first_mail=actor is None, now=now
        )
    names = [recipient.name for recipient in recipients]
    who = "ao parceiro" if payer_of(invoice).is_partner else "ao cliente"
    summary = f"Fatura {invoice.label} enviada {who}: {', '.join(names)}"
    log_event(session, invoice, "invoice_sent", summary, actor=actor, now=now)
    return names


def prepare_invoice(
    session: Session, *, invoice: Invoice, to: Person, actor: Actor, now: datetime
) -> LinkToken:
    """The link an open invoice is paid by, for whoever sends it to pass on by WhatsApp.

    Raises:
        NotOpen: there is nothing to pay.
    """
    audit.lock_stream(session, customer_id=invoice.customer_id)
    if invoice.state is not InvoiceState.OPEN:
        raise NotOpen(invoice.label, invoice.state.label)
    token = payment_link(session, invoice=invoice, now=now)
    summary = prepared_for(to, f"fatura {invoice.label}")
    log_event(session, invoice, "whatsapp_prepared", summary, actor=actor, now=now)
    return token


def payment_link(session: Session, *, invoice: Invoice, now: datetime) -> LinkToken:
    """The link an invoice is paid by: the one given out before while it works, else a new one."""
    known = find_payment_link(session, invoice)
    if known is not None and tokens.is_valid(known, now):
        return known
    return tokens.issue(
        session,
        purpose=Purpose.INVOICE,
        subject_id=invoice.id,
        now=now,
        valid_for=notifications.LINK_VALID_FOR,
        partner_id=invoice.partner_id,
    )
