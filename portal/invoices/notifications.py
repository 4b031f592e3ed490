"""What the invoices room writes to people. Every mail has the key of its cause, so it is owed once."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.customers.rules import Recipient
from portal.invoices.models import Invoice
from portal.invoices.queries.recipients import helper_of, payer_of
from portal.shared.brazil import format_date, format_money
from portal.shared.mail import mail_link, queue_mail
from portal.shared.payment_methods import Way
from portal.shared.tokens import LinkToken

PAY_PAGE = "checkout.invoice_page"


def invoice_issued(
    session: Session,
    *,
    invoice: Invoice,
    to: Recipient,
    token: LinkToken,
    is_first_mail: bool,
    now: datetime,
) -> None:
    """The invoice by mail: how much, until when, how to pay. The first time once, again once a minute."""
    helper = helper_of(invoice)
    key = f"invoice-issued:{invoice.id}:{to.address}"
    # Banks know no address of partners, so these get no boleto.
    way = Way.TED if payer_of(invoice).is_partner else Way(invoice.payment_method)
    queue_mail(
        session,
        key=key if is_first_mail else f"{key}:{now:%Y%m%d%H%M}",
        to=to.address,
        to_name=to.name,
        template="invoice_issued",
        context={
            "name": to.name,
            "number": invoice.label,
            "amount": format_money(invoice.open_cents),
            "due_on": format_date(invoice.due_on),
            "opening": _opening(invoice, is_first_mail=is_first_mail),
            "explanation": invoice.explanation,
            "facts": _facts(invoice, way.offer),
            "ways": way.means,
            "next_step": _next_step(invoice),
            "partner": helper.name,
            "url": mail_link(token, PAY_PAGE),
        },
        now=now,
        partner_id=invoice.partner_id,
        link=token,
        reply_to=helper.address or None,
    )


def _facts(invoice: Invoice, way: str) -> list[tuple[str, str]]:
    return [
        ("Fatura", invoice.label),
        ("Valor", format_money(invoice.open_cents)),
        ("Vencimento", format_date(invoice.due_on)),
        ("Como pagar", way),
    ]


def _opening(invoice: Invoice, *, is_first_mail: bool) -> str:
    if payer_of(invoice).is_partner:
        return f"Esta é a fatura do custo contratado para {invoice.customer.name}."
    if not is_first_mail:
        return "Segue de novo a sua fatura."
    if invoice.installment_number == 1:
        return "Obrigado por assinar o contrato. Falta só o primeiro pagamento."
    return "Sua nova fatura está pronta."


def _next_step(invoice: Invoice) -> str:
    whose = "o serviço do cliente" if payer_of(invoice).is_partner else "o serviço"
    return f"Assim que o pagamento for confirmado, liberamos {whose} e avisamos por e-mail."
