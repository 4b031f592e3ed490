"""The receipt by mail, and that money went back."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.invoices.notifications import in_sellers_name, link_to_pay
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import known_sender, list_recipients, seller_of
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.refund import Refund
from portal.receipts.rules.refunds import RefundState, arrives
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


def tell_of_refund(session: Session, *, refund: Refund, now: datetime) -> None:
    """Who paid is told that money went back: how much, how, and when it is seen. Once a refund."""
    invoice = load_invoice(session, refund.invoice_id)
    for to in list_recipients(session, invoice):
        queue_notice(
            session,
            kind="payment_refunded",
            subject_id=refund.id,
            key=f"payment-refunded:{refund.id}:{to.address}",
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


def _is_done(session: Session, notice: MailMessage, _now: datetime) -> bool:
    refund = session.get(Refund, notice.subject_id)
    return refund is not None and refund.state is RefundState.DONE


def _refunded(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    refund = session.get_one(Refund, notice.subject_id)
    invoice = load_invoice(session, refund.invoice_id)
    is_open = invoice.state is InvoiceState.OPEN
    return Letter(
        template="payment_refunded",
        context={
            "name": notice.to_name,
            "number": invoice.label,
            "amount": format_money(refund.amount_cents),
            "facts": [
                ("Fatura", invoice.label),
                ("Valor devolvido", format_money(refund.amount_cents)),
                ("Como foi pago", refund.way.label),
                ("Devolvido em", format_date(day_of(refund.settled_at)) if refund.settled_at else ""),
            ],
            "arrives": arrives(refund.way, by_hand=refund.by_hand),
            "owed": format_money(invoice.open_cents) if is_open else "",
            "partner": invoice.customer.partner.trade_name,
        },
    )


def _refund_in_sellers_name(session: Session, notice: MailMessage) -> str:
    refund = session.get_one(Refund, notice.subject_id)
    return known_sender(load_invoice(session, refund.invoice_id))


NOTICES = (
    NoticeKind(name="invoice_receipt", is_needed=_is_paid, write=_receipt, in_name_of=in_sellers_name),
    NoticeKind(
        name="payment_refunded", is_needed=_is_done, write=_refunded, in_name_of=_refund_in_sellers_name
    ),
)
