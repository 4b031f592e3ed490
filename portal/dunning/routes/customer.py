"""Reminders of one customer: what it was sent, when it is left alone, and the call that is asked for."""

from flask import Response, flash, request, url_for
from flask.typing import ResponseReturnValue

from portal.customers.models import Customer
from portal.customers.queries.reading import details_of, get_customer, situation_of
from portal.customers.rules import missing_parts
from portal.dunning.forms import ALL_INVOICES, CallForm, ChoiceReasonForm, HoldForm
from portal.dunning.models import DunningMessage
from portal.dunning.operations import holds
from portal.dunning.pages.fields import fields_of
from portal.dunning.pages.script import call_script
from portal.dunning.queries import calling
from portal.dunning.queries import reading as queries
from portal.dunning.queries.evidence import evidence_of
from portal.dunning.routes.blueprint import blueprint
from portal.dunning.rules.sending import HoldKind
from portal.dunning.rules.ways import INVOICE
from portal.invoices.models import Invoice
from portal.invoices.queries.late_charges import DueToday, due_on_day
from portal.invoices.queries.reading import load_invoice
from portal.invoices.queries.recipients import people_of
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Missing, Refusal
from portal.shared.whatsapp_form import WhatsAppForm
from portal.whatsapp.queries.messages import is_on, list_received, messages_about
from portal.whatsapp.queries.reaching import reach_of

LATEST = 20
WHATSAPP_PREFIX = "fatura"  # of the form that the page of an invoice has too


@blueprint.get("/clientes/<int:customer_id>/cobranca")
@requires(Permission.SEE_DUNNING)
def of_customer(customer_id: int) -> Response:
    """What a customer was reminded of, and whether it is left alone."""
    customer = get_customer(db.session, customer_id, actor=actor())
    return page(customer)


@blueprint.post("/clientes/<int:customer_id>/cobranca")
@requires(Permission.SEE_DUNNING)
def hold(customer_id: int) -> Response:
    """Leave it alone for some time."""
    customer = get_customer(db.session, customer_id, actor=actor())
    form = _offer(customer, HoldForm())
    if not form.validate():
        return page(customer, form, status=422)
    try:
        holds.hold(
            db.session,
            customer=customer,
            kind=HoldKind(form.kind.data),
            until_on=form.until_on.data,
            reason=form.reason.data or "",
            invoice=load_invoice(db.session, int(form.invoice.data)) if form.invoice.data else None,
            actor=actor(),
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return page(get_customer(db.session, customer_id, actor=actor()), form, status=refusal.status)
    flash("Anotado. Os lembretes param a partir de agora.")
    return htmx.go_to(url_for("dunning.of_customer", customer_id=customer_id))


@blueprint.post("/clientes/<int:customer_id>/cobranca/<int:hold_id>/retomar")
@requires(Permission.SEE_DUNNING)
def resume(customer_id: int, hold_id: int) -> Response:
    """Remind again."""
    customer = get_customer(db.session, customer_id, actor=actor())
    try:
        holds.lift(db.session, hold_id, customer=customer, actor=actor(), now=clock.now())
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash("Os lembretes voltam com a próxima régua.")
    return htmx.go_to(url_for("dunning.of_customer", customer_id=customer_id))


@blueprint.get("/regua/ligacao/<int:message_id>")
@requires(Permission.SEE_DUNNING)
def call(message_id: int) -> Response:
    """Who to call, what to say, and what helps to pay during the call."""
    return call_page(queries.get_message(db.session, message_id))


@blueprint.get("/regua/ligacao/<int:message_id>/fatura")
@requires(Permission.SEE_DUNNING)
def call_state(message_id: int) -> ResponseReturnValue:
    """What an open page of a call asks: nothing while as much is owed as it shows (`?aberto=`, centavos)."""
    message = queries.get_message(db.session, message_id)
    if not htmx.is_htmx():
        return call_page(message)
    invoice, due = _owed(message)
    if request.args.get("aberto") == str(due.total_cents):
        return Response(status=204)
    return htmx.render("dunning/call.html", block="owed", message=message, invoice=invoice, due=due)


def _owed(message: DunningMessage) -> tuple[Invoice, DueToday]:
    """The invoice of a reminder, and what is owed of it today."""
    invoice = load_invoice(db.session, message.invoice_id)
    return invoice, due_on_day(db.session, invoice, clock.today())


def call_page(
    message: DunningMessage, *, calling_form: CallForm | None = None, status: int = 200
) -> Response:
    """The page of a call, on the customer's record."""
    customer = get_customer(db.session, message.customer_id, actor=actor())
    today, (invoice, due) = clock.today(), _owed(message)
    name = customer.signatory.name if customer.signatory else customer.display_name
    values = fields_of(db.session, invoice, due, name=name, today=today)
    paying = calling.paying_of(db.session, customer.id, today=today)
    latest = queries.list_messages_of_customer(db.session, customer.id, count=LATEST)
    return htmx.render(
        "dunning/call.html",
        status=status,
        message=message,
        customer=customer,
        situation=situation_of(db.session, actor(), customer, now=clock.now()),
        missing=missing_parts(details_of(customer)),
        invoice=invoice,
        due=due,
        script=call_script(db.session, message, invoice, paying, values, today=today),
        paying=paying,
        task=calling.find_call_task(db.session, message.id),
        calls=calling.latest_calls(db.session, customer.id),
        calling=calling_form or CallForm(formdata=None),
        holds=queries.list_holds(db.session, customer.id),
        latest=latest,
        evidence=evidence_of(db.session, latest),
        sent=messages_about(db.session, INVOICE, [invoice.id]).get(invoice.id),
        whatsapp_is_on=is_on(db.session),
        people=WhatsAppForm.offering(people_of(invoice), prefix=WHATSAPP_PREFIX, empty=True),
        form=_offer(customer, HoldForm(formdata=None, kind=HoldKind.PROMISE.value)),
    )


def _offer(customer: Customer, form: HoldForm) -> HoldForm:
    """The open invoices of a customer to choose from."""
    open_ones = queries.list_open_invoices(db.session, customer.id)
    form.invoice.offer([ALL_INVOICES, *((str(each.id), f"Fatura {each.label}") for each in open_ones)])
    return form


def page(
    customer: Customer,
    form: HoldForm | None = None,
    *,
    choice: ChoiceReasonForm | None = None,
    status: int = 200,
) -> Response:
    """The page of a customer loaded with its people; a form as it was sent."""
    latest = queries.list_messages_of_customer(db.session, customer.id, count=LATEST)
    consent = bool(value(db.session, Name.WHATSAPP_NEEDS_CONSENT))
    return htmx.render(
        "dunning/of_customer.html",
        status=status,
        customer=customer,
        situation=situation_of(db.session, actor(), customer, now=clock.now()),
        missing=missing_parts(details_of(customer)),
        form=form or _offer(customer, HoldForm(formdata=None)),
        choice=choice or ChoiceReasonForm(formdata=None, prefix="whatsapp"),
        reach=reach_of(db.session, [customer.id], needs_consent=consent)[customer.id],
        received=list_received(db.session, customer.id, count=LATEST),
        today=clock.today(),
        holds=queries.list_holds(db.session, customer.id),
        latest=latest,
        evidence=evidence_of(db.session, latest),
    )
