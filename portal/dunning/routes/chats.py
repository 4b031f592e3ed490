"""Whether a customer wants WhatsApp, and the invoice again while it is on the phone."""

from collections.abc import Callable

from flask import Response, flash, url_for

from portal.customers.queries.reading import get_customer
from portal.dunning.forms import ChoiceReasonForm
from portal.dunning.operations import desk
from portal.dunning.queries import reading as queries
from portal.dunning.routes.blueprint import blueprint
from portal.dunning.routes.customer import page
from portal.invoices.models import Invoice
from portal.invoices.operations.sending import send_invoice
from portal.invoices.queries.reading import load_invoice
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.refusals import Missing, Refusal
from portal.whatsapp.operations.people import choose

WANTS = "quer"


@blueprint.post("/clientes/<int:customer_id>/cobranca/whatsapp")
@requires(Permission.SEE_DUNNING)
def choose_whatsapp(customer_id: int) -> Response:
    """Write down whether a customer wants messages by WhatsApp, and how we know."""
    customer = get_customer(db.session, customer_id, actor=actor())
    form = ChoiceReasonForm(prefix="whatsapp")
    if not form.validate():
        return page(customer, choice=form, status=422)
    choose(
        db.session,
        customer=customer,
        wants=form.wants.data == WANTS,
        reason=form.reason.data or "",
        actor=actor(),
        now=clock.now(),
    )
    flash("Anotado.")
    return htmx.go_to(url_for("dunning.of_customer", customer_id=customer_id))


@blueprint.post("/regua/ligacao/<int:message_id>/whatsapp")
@requires(Permission.SEE_DUNNING)
def send_by_whatsapp(message_id: int) -> Response:
    """Send the invoice of a call by WhatsApp, at once; or say why it cannot go by itself."""

    def send(invoice: Invoice) -> str:
        to = desk.send_invoice(db.session, invoice=invoice, actor=actor(), now=clock.now())
        return f"A fatura {invoice.label} sai agora por WhatsApp para {to.name}."

    return _sent(message_id, send)


@blueprint.post("/regua/ligacao/<int:message_id>/e-mail")
@requires(Permission.SEE_DUNNING)
def send_by_mail(message_id: int) -> Response:
    """Send the invoice of a call by e-mail, at once."""

    def send(invoice: Invoice) -> str:
        names = send_invoice(db.session, invoice=invoice, actor=actor(), now=clock.now())
        return f"A fatura {invoice.label} sai agora por e-mail para {', '.join(names)}."

    return _sent(message_id, send)


def _sent(message_id: int, send: Callable[[Invoice], str]) -> Response:
    """Send what a call is about and go on with it; what was done, or why it could not be, is said there."""
    message = queries.get_message(db.session, message_id)
    get_customer(db.session, message.customer_id, actor=actor())
    invoice = load_invoice(db.session, message.invoice_id)
    try:
        flash(send(invoice))
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    return htmx.go_to(url_for("dunning.call", message_id=message_id))
