"""The list of quotes: live versions, searched, filtered, sorted, in pages. Quick over half a million."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, select, union
from sqlalchemy.orm import Session, aliased, contains_eager

from portal.customers.models import Customer
from portal.customers.queries.reading import matching
from portal.partners.queries.actors import visible_to
from portal.quotes.models import Quote, QuoteVersion
from portal.quotes.queries.labels import alternatives_beside
from portal.quotes.rules.labels import parse_quote_label, quote_label
from portal.quotes.rules.states import QuoteState
from portal.shared.auth import Actor
from portal.shared.db import as_key
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, paginate, read_all, within_days

QUOTE_LIST = ListSpec(
    sorts={
        "alterado": QuoteVersion.changed_at,
        "valor": QuoteVersion.negotiated_cents,
        "desconto": QuoteVersion.discount_basis_points,
        "cliente": Customer.name,
    },
    default="-alterado",
    filters={
        "estado": QuoteState,
        **dict.fromkeys(("plano", "prazo", "responsavel", "parceiro")),
        **DAYS,
    },
)
EXPORT_LIMIT = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteEntry:
    """A line of the list: the live version and the number people call the quote by."""

    version: QuoteVersion
    label: str


def list_quotes(session: Session, *, actor: Actor, request: ListRequest) -> Page[QuoteEntry]:
    """A page of the quotes this person may see, in three statements.

    The page is found by ids alone, which the indexes hold; only its 25 rows are then read with all they show.
    """
    page = paginate(session, _found(actor, request), request)
    rows = session.execute(_with_everything().where(QuoteVersion.id.in_(page.items)))
    entries = {version.id: _entry(version, count) for version, count in rows}
    return page.showing(entries)


def list_for_export(*, actor: Actor, request: ListRequest) -> Iterator[QuoteEntry]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    wanted = _with_everything().where(QuoteVersion.is_live, *_conditions(actor, request))
    statement = request.ordered(wanted).limit(EXPORT_LIMIT)
    for version, count in read_all(statement):
        yield _entry(version, count)


def list_quotes_of_customer(session: Session, customer_id: int, *, actor: Actor) -> list[QuoteEntry]:
    """The newest 50 quotes of a customer, for the customer's record."""
    statement = (
        _with_everything()
        .where(
            QuoteVersion.is_live,
            QuoteVersion.customer_id == customer_id,
            visible_to(actor, QuoteVersion.partner_id),
        )
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


def _found(actor: Actor, request: ListRequest) -> Select[int]:
    statement = select(QuoteVersion.id).where(QuoteVersion.is_live, *_conditions(actor, request))
    return statement.join(QuoteVersion.customer) if request.direction("cliente") else statement


def _with_everything() -> Select[QuoteVersion, int]:
    return (
        select(QuoteVersion, alternatives_beside().label("alternatives"))
        .join(QuoteVersion.quote)
        .join(QuoteVersion.customer)
        .options(
            contains_eager(QuoteVersion.quote).joinedload(Quote.owner),
            contains_eager(QuoteVersion.customer).joinedload(Customer.partner),
        )
    )


def _conditions(actor: Actor, request: ListRequest) -> Iterator[ColumnElement[bool]]:
    yield visible_to(actor, QuoteVersion.partner_id)
    if request.search:
        yield _is_meant(request.search, actor)
    yield from _filters(request)
    yield from within_days(request, QuoteVersion.changed_at)


def _filters(request: ListRequest) -> Iterator[ColumnElement[bool]]:
    for name, column in (("plano", QuoteVersion.plan), ("prazo", QuoteVersion.term)):
        if chosen := request.filter(name):
            yield column == chosen
    if state := request.filter("estado"):
        yield QuoteVersion.state == QuoteState(state)
    if partner := request.filter("parceiro"):
        yield QuoteVersion.partner_id == as_key(partner)
    if owner := request.filter("responsavel"):
        yield QuoteVersion.owner_id == as_key(owner)


def _is_meant(text: str, actor: Actor) -> ColumnElement[bool]:
    """A quote's number, or a piece of the customer's name or document.

    Two searches side by side, each with an index of its own; an OR over both would read every quote.
    """
    live = aliased(QuoteVersion)
    customers = select(Customer.id).where(matching(text), visible_to(actor, Customer.partner_id))
    by_customer = select(live.id).where(live.is_live, live.customer_id.in_(customers))
    number = parse_quote_label(text)
    if number is None:
        return QuoteVersion.id.in_(by_customer)
    by_number = select(live.id).join(live.quote).where(live.is_live, Quote.proposal_id == number)
    return QuoteVersion.id.in_(union(by_number, by_customer))
