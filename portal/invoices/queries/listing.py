"""The list of all invoices: search by any number, filters, sorting, pages, and the file for a spreadsheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, or_, select, union_all
from sqlalchemy.orm import Session, contains_eager

from portal.customers.models import Customer
from portal.customers.queries.reading import matching
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import last_overdue
from portal.invoices.rules.numbers import TypedNumber, read_number
from portal.invoices.rules.states import OVERDUE, InvoiceState
from portal.partners.queries.actors import visible_to
from portal.shared.auth import Actor
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, days_asked, paginate, read_all
from portal.shared.payment_methods import Way
from portal.shared.questions import Question, ask

EXPORT_LIMIT = 50_000
ALL_INVOICES = ListSpec(
    sorts={"vencimento": Invoice.due_on, "valor": Invoice.amount_cents, "cliente": Customer.search_text},
    default="-vencimento",
    filters={"estado": {*InvoiceState, OVERDUE}, "forma": set(Way), **DAYS},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicesByNumber(Question[Select[int | None]]):
    """The ids of invoices that bear a number elsewhere, as a boleto does at its bank."""

    typed: TypedNumber


def list_invoices(session: Session, *, actor: Actor, request: ListRequest, today: date) -> Page[Invoice]:
    """A page of invoices with customer and partner."""
    return paginate(session, _wanted(session, actor, request, today=today), request)


def list_for_export(
    session: Session, *, actor: Actor, request: ListRequest, today: date
) -> Iterator[Invoice]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    wanted = request.ordered(_wanted(session, actor, request, today=today)).limit(EXPORT_LIMIT)
    yield from read_all(wanted)


def _wanted(session: Session, actor: Actor, request: ListRequest, *, today: date) -> Select[Invoice]:
    return (
        select(Invoice)
        .join(Invoice.customer)
        .options(contains_eager(Invoice.customer).joinedload(Customer.partner))
        .where(*_conditions(session, actor, request, today=today))
    )


def _conditions(
    session: Session, actor: Actor, request: ListRequest, *, today: date
) -> Iterator[ColumnElement[bool]]:
    yield visible_to(actor, Invoice.partner_id)
    if request.search:
        yield _meant(session, request.search)
    if state := request.filter("estado"):
        yield Invoice.state == (InvoiceState.OPEN if state == OVERDUE else InvoiceState(state))
        if state == OVERDUE:
            yield Invoice.due_on <= last_overdue(session, today)
    if way := request.filter("forma"):
        yield Invoice.payment_method == way
    first, last = days_asked(request)
    if first or last:
        yield Invoice.due_on.between(first or date.min, last or date.max)


def _meant(session: Session, search: str) -> ColumnElement[bool]:
    """By who owes it, by its own number, its contract's, or a number it bears elsewhere.

    Each way alone is read by an index; one condition on customers or invoices would be by none.
    """
    ways: list[Select[int | None]] = [
        select(Invoice.id).join(Customer, Customer.id == Invoice.customer_id).where(matching(search))
    ]
    typed = read_number(search)
    if typed.names:
        ways += ask(session, InvoicesByNumber(typed=typed))
    if typed.own:
        of_invoice = or_(Invoice.number == typed.own, Invoice.contract_id == typed.own)
        ways.append(select(Invoice.id).where(of_invoice))
    return Invoice.id.in_(union_all(*ways))
