"""Ligações: whom to call first, and what came of each call."""

from collections.abc import Iterator

from flask import Response, flash, request, url_for

from portal.customers.models import Customer
from portal.customers.queries.reading import get_customer
from portal.dunning.forms import CallForm
from portal.dunning.models import DunningMessage
from portal.dunning.operations.calling import end_call
from portal.dunning.queries import calling
from portal.dunning.queries.reading import get_message
from portal.dunning.routes.blueprint import blueprint
from portal.dunning.routes.customer import call_page
from portal.dunning.rules.calls import CallOutcome
from portal.shared import clock, htmx
from portal.shared.auth import Permission, actor, requires
from portal.shared.brazil import format_date, format_money_input, format_phone
from portal.shared.clock import day_of
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response
from portal.shared.refusals import Forbidden, Missing, Refusal
from portal.tasks.models import Task

CSV_HEADER = ("Cliente", "Telefone", "Parceiro", "Fatura", "Vencimento", "Em aberto", "Tentativa", "Prazo")


@blueprint.get("/regua/ligacoes")
@requires(Permission.SEE_DUNNING)
def calls() -> Response:
    """The calls that wait, the most pressing first."""
    today = clock.today()
    listing = calling.call_list(today).read(request.args)
    page = calling.list_calls(db.session, listing)
    messages = calling.messages_of(db.session, page.items)
    customers = [message.customer_id for message in messages.values()]
    return htmx.render(
        "dunning/calls.html",
        listing=listing,
        page=page,
        messages=messages,
        broken=calling.broken_promises(db.session, customers, today=today),
        today=today,
        now=clock.now(),
        phone_of=phone_of,
    )


@blueprint.get("/regua/ligacoes.csv")
@requires(Permission.SEE_DUNNING)
def calls_export() -> Response:
    """The same list for a spreadsheet."""
    listing = calling.call_list(clock.today()).read(request.args)
    tasks = list(calling.list_for_export(listing))
    return csv_response("ligacoes.csv", CSV_HEADER, _rows(tasks, calling.messages_of(db.session, tasks)))


@blueprint.post("/regua/ligacao/<int:message_id>/resultado")
@requires(Permission.SEE_DUNNING)
def end(message_id: int) -> Response:
    """Say what came of a call."""
    message, form = get_message(db.session, message_id), CallForm()
    customer = get_customer(db.session, message.customer_id, actor=actor())
    if not form.validate():
        return call_page(message, calling_form=form, status=422)
    try:
        _end(message, customer, form)
    except (Missing, Forbidden):
        raise
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return call_page(get_message(db.session, message_id), calling_form=form, status=refusal.status)
    return htmx.go_to(url_for("dunning.calls"))


def _end(message: DunningMessage, customer: Customer, form: CallForm) -> None:
    following = end_call(
        db.session,
        message=message,
        customer=customer,
        outcome=CallOutcome(form.outcome.data),
        until_on=form.until_on.data,
        words=form.words.data or "",
        actor=actor(),
        now=clock.now(),
    )
    what_next = (
        f" Ficou a tarefa “{following.title}”, até {format_date(day_of(following.due_at))}."
        if following
        else ""
    )
    flash(f"Ligação registrada.{what_next}")


def phone_of(customer: Customer) -> str:
    """The number to call first: the responsible person's, else the company's; "" without any."""
    signatory = customer.signatory
    return (signatory.phone if signatory and signatory.phone else customer.phone) or ""


def _rows(tasks: list[Task], messages: dict[int, DunningMessage]) -> Iterator[tuple[object, ...]]:
    for task in tasks:
        message = messages[task.id]
        phone = phone_of(message.customer)
        yield (
            message.customer.name,
            format_phone(phone) if phone else "",
            message.partner.trade_name,
            message.invoice.label,
            format_date(message.invoice.due_on),
            format_money_input(message.open_cents),
            task.key.split(":")[2] if task.key.count(":") > 1 else "1",
            datetime_br(task.due_at),
        )
