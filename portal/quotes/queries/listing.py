"""The list of quotes: live versions, searched, filtered, sorted, in pages. Quick over half a million."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session, contains_eager

from portal.customers.models import Customer
from portal.customers.queries import matching
from portal.partners.queries import visible_to
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.queries.labels import alternatives_beside
from portal.quotes.rules import QuoteState, parse_quote_label, quote_label
from portal.shared.auth import Actor
from portal.shared.clock import at_sao_paulo
from portal.shared.lists import ListRequest, Page, paginate, read_all

SORTS = {
    "alterado": QuoteVersion.changed_at,
    "valor": QuoteVersion.negotiated_cents,
    "desconto": QuoteVersion.discount_basis_points,
    "cliente": Customer.name,
}
FILTERS: dict[str, tuple[str, ...] | None] = {
    "estado": tuple(state.value for state in QuoteState),
    "plano": None,
    "prazo": None,
    "responsavel": None,
    "parceiro": None,
    "de": None,
    "ate": None,
}
EXPORT_LIMIT = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteEntry:
    """A line of the list: the live version and the number people call the quote by."""

    version: QuoteVersion
    label: str


def quote_list_request(args: Mapping[str, str]) -> ListRequest:
    """What an address asks of the list of quotes."""
    return ListRequest.from_args(args, sorts=SORTS, default="-alterado", filters=FILTERS)


def list_quotes(session: Session, *, actor: Actor, request: ListRequest) -> Page[QuoteEntry]:
    """A page of the quotes this person may see."""
    page = paginate(session, _statement(actor, request), request)
    return Page(
        items=[_entry(version, count) for version, count in page.items],
        number=page.number,
        per_page=page.per_page,
        total=page.total,
        has_next=page.has_next,
    )


def list_for_export(*, actor: Actor, request: ListRequest) -> Iterator[QuoteEntry]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    statement = request.ordered(_statement(actor, request)).limit(EXPORT_LIMIT)
    for version, count in read_all(statement):
        yield _entry(version, count)


def list_quotes_of_customer(session: Session, customer_id: int, *, actor: Actor) -> list[QuoteEntry]:
    """The newest 50 quotes of a customer, for the customer's record."""
    statement = (
        _visible(actor)
        .where(QuoteVersion.customer_id == customer_id)
        .order_by(QuoteVersion.changed_at.desc(), QuoteVersion.id.desc())
        .limit(50)
    )
    return [_entry(version, count) for version, count in session.execute(statement)]


def _entry(version: QuoteVersion, alternatives: int) -> QuoteEntry:
    quote = version.quote
    return QuoteEntry(
        version=version,
        label=quote_label(quote.proposal_id, quote.alternative, alternatives=alternatives),
    )


def _statement(actor: Actor, request: ListRequest) -> Select[QuoteVersion, int]:
    statement = _visible(actor).where(*_filters(request))
    return statement.where(_matches(request.search)) if request.search else statement


def _visible(actor: Actor) -> Select[QuoteVersion, int]:
    return (
        select(QuoteVersion, alternatives_beside().label("alternatives"))
        .join(QuoteVersion.quote)
        .join(QuoteVersion.customer)
        .where(QuoteVersion.is_live, visible_to(actor, QuoteVersion.partner_id))
        .options(
            contains_eager(QuoteVersion.quote).joinedload(Quote.owner),
            contains_eager(QuoteVersion.customer).joinedload(Customer.partner),
        )
    )


def _filters(request: ListRequest) -> Iterator[ColumnElement[bool]]:
    if state := request.filter("estado"):
        yield QuoteVersion.state == QuoteState(state)
    if plan := request.filter("plano"):
        yield QuoteVersion.plan == plan
    if term := request.filter("prazo"):
        yield QuoteVersion.term == term
    for name, column in (("responsavel", Quote.owner_id), ("parceiro", QuoteVersion.partner_id)):
        if chosen := request.filter(name):
            yield column == int(chosen) if chosen.isascii() and chosen.isdigit() else false()
    if first := _day(request.filter("de")):
        yield QuoteVersion.changed_at >= at_sao_paulo(first)
    if last := _day(request.filter("ate")):
        yield QuoteVersion.changed_at < at_sao_paulo(last + timedelta(days=1))


def _matches(text: str) -> ColumnElement[bool]:
    """A quote's number, or a piece of the customer's name or document."""
    by_customer = matching(text)
    number = parse_quote_label(text)
    return or_(Quote.proposal_id == number, by_customer) if number is not None else by_customer


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
