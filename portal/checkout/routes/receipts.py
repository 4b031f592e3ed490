"""The receipt of a paid invoice: for who sells and who collects, and for the payer behind the link."""

from flask import Response, flash, url_for

from portal.checkout.routes.blueprint import blueprint
from portal.checkout.routes.paper import paper, payers_paper
from portal.documents.operations.printing import render_receipt
from portal.invoices.models import Invoice
from portal.invoices.queries.reading import get_invoice
from portal.invoices.queries.recipients import people_of
from portal.receipts.operations import receipts
from portal.receipts.pages import receipt_of
from portal.receipts.rules.messages import receipt_message
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, public, requires
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.mail import absolute_url
from portal.shared.refusals import Forbidden, Missing, Refusal
from portal.shared.whatsapp import Person, Sender
from portal.shared.whatsapp_form import WhatsAppForm, pass_on

WHATSAPP = "fatura"


@blueprint.get("/faturas/<int:invoice_id>/recibo.pdf")
@requires(Permission.SEE_INVOICES)
def receipt(invoice_id: int) -> Response:
    """The receipt to print or keep."""
    return _pdf(get_invoice(db.session, invoice_id, actor=actor()))


@blueprint.get("/pagar/<token>/recibo.pdf")
@public
def payers_receipt(token: str) -> Response:
    """The same for the payer, while the link works."""
    return payers_paper(token, _pdf)


@blueprint.post("/faturas/<int:invoice_id>/recibo/enviar")
@requires(Permission.SEND_INVOICES)
def send_receipt(invoice_id: int) -> Response:
    """Mail the receipt."""
    invoice = get_invoice(db.session, invoice_id, actor=actor())
    try:
        names = receipts.send_receipt(db.session, invoice=invoice, actor=actor(), now=clock.now())
    except (Missing, Forbidden):
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(f"Recibo enviado para {', '.join(names)}.")
    return htmx.go_to(url_for("invoices.show", invoice_id=invoice_id))


@blueprint.post("/faturas/<int:invoice_id>/recibo/whatsapp")
@requires(Permission.SEND_INVOICES)
def receipt_by_whatsapp(invoice_id: int) -> Response:
    """Open the sender's own WhatsApp with the receipt's link in a message."""
    invoice = get_invoice(db.session, invoice_id, actor=actor())

    def prepare(to: Person, sender: Sender) -> str:
        token = receipts.prepare_receipt(db.session, invoice=invoice, to=to, actor=actor(), now=clock.now())
        link = absolute_url("checkout.invoice_page", token=token.secret())
        return receipt_message(to=to, sender=sender, label=invoice.label, link=link)

    return pass_on(
        WhatsAppForm.offering(people_of(invoice), prefix=WHATSAPP),
        what=f"o recibo da fatura {invoice.label}",
        back=url_for("invoices.show", invoice_id=invoice_id),
        prepare=prepare,
    )


def _pdf(invoice: Invoice) -> Response:
    sheet, paid_at = receipt_of(db.session, invoice, environment().company)
    return paper(render_receipt(sheet, now=paid_at), f"recibo-{invoice.label}.pdf")
