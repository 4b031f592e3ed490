"""Banco de teste: where a tester pays as a bank would. It is there in sandbox mode only."""

from uuid import uuid4

from flask import Response, flash, request, url_for

from portal.banking.queries.account import bank_settings
from portal.checkout.queries import find_boleto
from portal.invoices.rules.states import OWED
from portal.receipts.queries.finance import count_waiting
from portal.sandbox_bank.forms import BankActForm, HabitForm
from portal.sandbox_bank.operations.acting import act_as_bank
from portal.sandbox_bank.operations.paying import set_habit
from portal.sandbox_bank.queries import (
    HABIT_LIST,
    INVOICE_LIST,
    PAYABLE,
    find_pix,
    get_customer,
    get_invoice,
    habits_asked,
    list_invoices,
    list_without_habit,
)
from portal.sandbox_bank.routes.blueprint import blueprint
from portal.sandbox_bank.rules.acts import BankAct, Manner, acts_on
from portal.sandbox_bank.rules.habits import PayingHabit
from portal.shared import clock, htmx
from portal.shared.auth import Permission, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.lists import csv_response, paginate, read_all
from portal.shared.refusals import Missing, Refusal


@blueprint.get("/banco-de-teste")
@requires(Permission.CONFIRM_PAYMENTS)
def sandbox_bank() -> Response:
    """Everything that can be paid."""
    _require_sandbox()
    listing = INVOICE_LIST.read(request.args)
    return htmx.render(
        "sandbox_bank/index.html",
        listing=listing,
        page=list_invoices(db.session, listing),
        states=[(state.value, state.label) for state in PAYABLE],
        waiting=count_waiting(db.session),
        has_sandbox=True,
    )


@blueprint.get("/banco-de-teste/<int:invoice_id>")
@requires(Permission.CONFIRM_PAYMENTS)
def sandbox_invoice(invoice_id: int) -> Response:
    """One invoice, and what the bank may do to it."""
    _require_sandbox()
    return _page(invoice_id, BankActForm(formdata=None))


@blueprint.post("/banco-de-teste/<int:invoice_id>")
@requires(Permission.CONFIRM_PAYMENTS)
def sandbox_act(invoice_id: int) -> Response:
    """The bank does it."""
    _require_sandbox()
    form, invoice = BankActForm(), get_invoice(db.session, invoice_id)
    if not form.validate():
        return _page(invoice_id, form, status=422)
    try:
        act_as_bank(
            db.session,
            act=BankAct(form.act.data),
            manner=Manner(form.manner.data),
            invoice=invoice,
            boleto=find_boleto(db.session, invoice_id),
            amount_cents=form.amount.data,
            mark=uuid4().hex,
            size=form.size.data or None,
            secret=bank_settings().webhook_secret,
            now=clock.now(),
        )
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(invoice_id, form, status=refusal.status)
    flash("O banco avisou o portal. O efeito aparece em um instante.")
    return htmx.go_to(url_for("sandbox_bank.sandbox_bank"))


@blueprint.get("/banco-de-teste/clientes")
@requires(Permission.CONFIRM_PAYMENTS)
def sandbox_payers() -> Response:
    """How each customer pays by itself."""
    _require_sandbox()
    listing = HABIT_LIST.read(request.args)
    return htmx.render(
        "sandbox_bank/payers.html",
        listing=listing,
        page=paginate(db.session, habits_asked(listing), listing),
        habits=PayingHabit.choices(),
        without=len(list_without_habit(db.session)),
        waiting=count_waiting(db.session),
        has_sandbox=True,
    )


@blueprint.get("/banco-de-teste/clientes.csv")
@requires(Permission.CONFIRM_PAYMENTS)
def sandbox_payers_export() -> Response:
    """The same list for a spreadsheet."""
    _require_sandbox()
    listing = HABIT_LIST.read(request.args)
    rows = (
        (customer.display_name, payer.habit.label if payer else "", payer.days_late if payer else "")
        for customer, payer in read_all(listing.ordered(habits_asked(listing)))
    )
    return csv_response("pagadores-de-teste.csv", ("Cliente", "Como paga", "Dias de atraso"), rows)


@blueprint.post("/banco-de-teste/clientes")
@requires(Permission.CONFIRM_PAYMENTS)
def sandbox_payers_set() -> Response:
    """Everybody who pays nothing by itself pays on time from now on."""
    _require_sandbox()
    set_habit(db.session, customers=list_without_habit(db.session), habit=PayingHabit.ON_TIME, days_late=0)
    flash("Todos os clientes sem hábito pagam no vencimento a partir de agora.")
    return htmx.go_to(url_for("sandbox_bank.sandbox_payers"))


@blueprint.get("/banco-de-teste/clientes/<int:customer_id>")
@requires(Permission.CONFIRM_PAYMENTS)
def sandbox_payer(customer_id: int) -> Response:
    """How one customer pays."""
    _require_sandbox()
    _customer, payer = get_customer(db.session, customer_id)
    known = {"habit": payer.habit.value, "days_late": payer.days_late or None} if payer else {}
    return _payer_page(customer_id, HabitForm(formdata=None, data=known))


@blueprint.post("/banco-de-teste/clientes/<int:customer_id>")
@requires(Permission.CONFIRM_PAYMENTS)
def sandbox_payer_set(customer_id: int) -> Response:
    """From now on so."""
    _require_sandbox()
    form, (customer, _payer) = HabitForm(), get_customer(db.session, customer_id)
    if not form.validate():
        return _payer_page(customer_id, form, status=422)
    habit = PayingHabit(form.habit.data)
    set_habit(db.session, customers=[customer], habit=habit, days_late=form.days_late.data or 0)
    flash(f"{customer.display_name}: {habit.label.lower()}.")
    return htmx.go_to(url_for("sandbox_bank.sandbox_payers"))


def _payer_page(customer_id: int, form: HabitForm, *, status: int = 200) -> Response:
    customer, _payer = get_customer(db.session, customer_id)
    return htmx.render("sandbox_bank/payer.html", status=status, customer=customer, form=form)


def _require_sandbox() -> None:
    if not bank_settings().sandbox:
        raise Missing


def _page(invoice_id: int, form: BankActForm, *, status: int = 200) -> Response:
    boleto = find_boleto(db.session, invoice_id)
    invoice = get_invoice(db.session, invoice_id)
    has_pix = find_pix(db.session, invoice_id) is not None
    is_open = invoice.state in OWED
    form.offer(acts_on(boleto.state if boleto else None, is_open=is_open, has_pix=has_pix))
    return htmx.render(
        "sandbox_bank/invoice.html",
        status=status,
        invoice=invoice,
        boleto=boleto,
        form=form,
        waiting=count_waiting(db.session),
        has_sandbox=True,
    )
