"""The receipt by mail."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.shared.brazil import format_date, format_money
from portal.shared.clock import day_of
from portal.shared.mail import mail_link, queue_mail
from portal.shared.tokens import LinkToken


def invoice_receipt(
    session: Session, *, invoice: Invoice, to: Recipient, token: LinkToken, now: datetime
) -> None:
    """Where the receipt of a paid invoice is kept from; once a minute."""
    partner = invoice.customer.partner
    paid_on = format_date(day_of(invoice.paid_at)) if invoice.paid_at else ""
    queue_mail(
        session,
        key=f"invoice-receipt:{invoice.id}:{to.address}:{now:%Y%m%d%H%M}",
        to=to.address,
        to_name=to.name,
        template="invoice_receipt",
        context={
            "name": to.name,
            "number": invoice.label,
            "facts": [
                ("Fatura", invoice.label),
                ("Valor", format_money(invoice.amount_cents)),
                ("Pago em", paid_on),
            ],
            "partner": partner.trade_name,
            "url": mail_link(token, "checkout.invoice_page"),
        },
        now=now,
        partner_id=invoice.partner_id,
        link=token,
        reply_to=partner.email or None,
    )
