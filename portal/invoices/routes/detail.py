"""One invoice, and sending it again."""

from collections.abc import Callable
from typing import Any, NamedTuple

from flask import Response, flash, url_for

from portal.invoices.forms import CreditNoteForm
from portal.invoices.models import Invoice
from portal.invoices.notifications import PAY_PAGE
from portal.invoices.operations.late_charges import waive_late_charges
from portal.invoices.operations.sending import prepare_invoice, send_invoice
from portal.invoices.queries.bad_debts import find_bad_debt, find_reason_to_collect
from portal.invoices.queries.credit_notes import list_notes
from portal.invoices.queries.due_dates import payable_until
from portal.invoices.queries.late_charges import due_on_day, list_late_charges
from portal.invoices.queries.limits import least_owed_cents
from portal.invoices.queries.money_back import MoneyBackOf
from portal.invoices.queries.reading import get_invoice, list_activity, list_postings
from portal.invoices.queries.recipients import find_payment_link, list_recipients, people_of
from portal.invoices.queries.reissuing import find_in_its_place, find_obstacle, is_void_payment
from portal.invoices.routes.blueprint import blueprint
from portal.invoices.rules.messages import invoice_message
from portal.invoices.rules.states import InvoiceState
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_money
from portal.shared.db import db
from portal.shared.fields import Form, show_refusal
from portal.shared.mail import absolute_url
from portal.shared.questions import ask
from portal.shared.reason_form import ReasonForm
from portal.shared.refusals import Missing, Refusal
from portal.shared.tokens import is_valid
from portal.shared.whatsapp import Person, Sender
from portal.shared.whatsapp_form import WhatsAppForm, pass_on
from portal.subscriptions.queries.coverage import released_until

WHATSAPP, WAIVE, GIVE_UP = "fatura", "dispensa", "incobravel"


@blueprint.get("/faturas/<int:invoice_id>")
@requires(Permission.SEE_INVOICES)
def show(invoice_id: int) -> Response:
    """What is charged, how that came about, where it stands, and how it is paid."""
    return show_page(get_invoice(db.session, invoice_id, actor=actor()))


@blueprint.post("/faturas/<int:invoice_id>/enviar")
@requires(Permission.SEND_INVOICES)
def send(invoice_id: int) -> Response:
    """Mail it, or mail it again."""
    invoice = get_invoice(db.session, invoice_id, actor=actor())

    def act() -> Done:
        names = send_invoice(db.session, invoice=invoice, actor=actor(), now=clock.now())
        return Done(f"Fatura enviada para {', '.join(names)}.", invoice_id)

    return carry_out(invoice_id, act)


@blueprint.post("/faturas/<int:invoice_id>/whatsapp")
@requires(Permission.SEND_INVOICES)
def send_by_whatsapp(invoice_id: int) -> Response:
    """Open the sender's own WhatsApp with the payment link in a message."""
    invoice = get_invoice(db.session, invoice_id, actor=actor())

    def prepare(to: Person, sender: Sender) -> str:
        token = prepare_invoice(db.session, invoice=invoice, to=to, actor=actor(), now=clock.now())
        link = absolute_url(PAY_PAGE, token=token.secret())
        return invoice_message(to=to, sender=sender, label=invoice.label, due_on=invoice.due_on, link=link)

    return pass_on(
        WhatsAppForm.offering(people_of(invoice), prefix=WHATSAPP),
        what=f"a fatura {invoice.label}",
        back=url_for("invoices.show", invoice_id=invoice_id),
        prepare=prepare,
    )


@blueprint.post("/faturas/<int:invoice_id>/encargos/dispensar")
@requires(Permission.CONFIRM_PAYMENTS, confirmed=True)
def waive_charges(invoice_id: int) -> Response:
    """Finance lets the late charges go that are still open."""
    invoice, form = get_invoice(db.session, invoice_id, actor=actor()), ReasonForm(prefix=WAIVE)
    if not form.validate():
        return show_page(invoice, waive=form, status=422)

    def act() -> Done:
        why = form.reason.data or ""
        cents = waive_late_charges(
            db.session, invoice_id=invoice_id, reason=why, actor=actor(), now=clock.now()
        )
        return Done(f"Encargos de {format_money(cents)} dispensados.", invoice_id)

    return carry_out(invoice_id, act, waive=form)


class Done(NamedTuple):
    """What is said of an act that succeeded, and the invoice whose page says it."""

    words: str
    invoice_id: int


def carry_out(invoice_id: int, act: Callable[[], Done], **sent: Form) -> Response:
    """Do what was asked on the page of an invoice and go on; refused, the page again with the form it was
    `sent` with, by its name in `show_page`: the refusal at its field or, without one, on top.
    """
    try:
        done = act()
    except Missing:
        raise
    except Refusal as refusal:
        db.session.rollback()
        invoice = get_invoice(db.session, invoice_id, actor=actor())
        at_field = next((form for form in sent.values() if refusal.field and refusal.field in form), None)
        if at_field is not None:
            show_refusal(at_field, refusal)
        on_top = refusal if at_field is None else None
        return show_page(invoice, refusal=on_top, status=refusal.status, **sent)
    flash(done.words)
    return htmx.go_to(url_for("invoices.show", invoice_id=done.invoice_id))


def show_page(
    invoice: Invoice,
    *,
    refusal: Refusal | None = None,
    credit_form: Form | None = None,
    waive: Form | None = None,
    debt_form: Form | None = None,
    status: int = 200,
) -> Response:
    """The page of a loaded invoice; `credit_form`, `waive` and `debt_form` as they were sent."""
    late, today = list_late_charges(db.session, invoice), clock.today()
    payable = payable_until(db.session, invoice.due_on)
    return htmx.render(
        "invoices/show.html",
        status=status,
        invoice=invoice,
        refusal=refusal,
        recipients=list_recipients(db.session, invoice),
        whatsapp_form=WhatsAppForm.offering(people_of(invoice), prefix=WHATSAPP, empty=True),
        payment_url=_payment_url(invoice),
        notes=list_notes(db.session, invoice),
        credit_form=credit_form or CreditNoteForm(formdata=None),
        postings=list_postings(db.session, invoice) if actor().can(Permission.SEE_PAYMENTS) else [],
        money_back=[each for rows in ask(db.session, MoneyBackOf(invoice.id)) for each in rows],
        activity=list_activity(db.session, invoice),
        released_until=released_until(db.session, invoice.contract_id),
        payable_until=payable,
        today=today,
        late=late,
        due=due_on_day(db.session, invoice, today, charges=late),
        **_in_its_place(invoice),
        **_given_up(invoice, is_late=payable < today),
        debt_form=debt_form or ReasonForm(formdata=None, prefix=GIVE_UP),
        least_owed_cents=least_owed_cents(db.session) if late else 0,
        waive=waive or ReasonForm(formdata=None, prefix=WAIVE),
    )


def _in_its_place(invoice: Invoice) -> dict[str, Any]:
    """Which invoice took the place of a void one, and why none can where finance might issue it."""
    if not is_void_payment(invoice):
        return {"other": None, "obstacle": None, "is_void_payment": False}
    other = find_in_its_place(db.session, invoice)
    may_issue = other is None and actor().can(Permission.RUN_BILLING)
    obstacle = find_obstacle(db.session, invoice) if may_issue else None
    return {"other": other, "obstacle": obstacle, "is_void_payment": True}


def _given_up(invoice: Invoice, *, is_late: bool) -> dict[str, Any]:
    """That it is uncollectible, and whether finance may say so."""
    is_finance = actor().can(Permission.CONFIRM_PAYMENTS)
    may = is_finance and is_late and invoice.state is InvoiceState.OPEN
    may = may and find_reason_to_collect(db.session, invoice, today=clock.today()) is None
    is_given_up = invoice.state is InvoiceState.UNCOLLECTIBLE
    return {"bad_debt": find_bad_debt(db.session, invoice.id) if is_given_up else None, "may_give_up": may}


def _payment_url(invoice: Invoice) -> str:
    """The address the customer pays at, as it was sent; "" when there is none that works."""
    link = find_payment_link(db.session, invoice)
    if invoice.state is not InvoiceState.OPEN or link is None or not is_valid(link, clock.now()):
        return ""
    return absolute_url(PAY_PAGE, token=link.secret())
