"""The receipt by mail."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.invoices.notifications import in_sellers_name, link_to_pay
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import seller_of
from portal.invoices.rules.states import InvoiceState
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.shared.mail import queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, NoticeKind


def invoice_receipt(session: Session, *, invoice: Invoice, to: Recipient, now: datetime) -> None:
    """Where the receipt of a paid invoice is kept from; once a minute."""
    queue_notice(
        session,
        kind="invoice_receipt",
        subject_id=invoice.id,
        key=f"invoice-receipt:{invoice.id}:{to.address}:{now:%Y%m%d%H%M}",
        to=to.address,
        to_name=to.name,
        now=now,
        partner_id=invoice.partner_id,
        reply_to=seller_of(invoice).address or None,
    )


def _is_paid(session: Session, notice: MailMessage, _now: datetime) -> bool:
    invoice = session.get(Invoice, notice.subject_id)
    return invoice is not None and invoice.state is InvoiceState.PAID


def _receipt(session: Session, notice: MailMessage, now: datetime) -> Letter:
    invoice = load_invoice(session, notice.subject_id or 0)
    return Letter(
        template="invoice_receipt",
        context={
            "name": notice.to_name,
            "number": invoice.label,
            "facts": [
                ("Fatura", invoice.label),
                ("Valor", format_money(invoice.amount_cents)),
                ("Pago em", format_date(day_of(invoice.paid_at)) if invoice.paid_at else ""),
            ],
            "partner": invoice.customer.partner.trade_name,
        },
        link=link_to_pay(invoice, now=now),
    )


NOTICES = (
    NoticeKind(name="invoice_receipt", is_needed=_is_paid, write=_receipt, in_name_of=in_sellers_name),
)
