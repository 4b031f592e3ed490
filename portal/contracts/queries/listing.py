"""Lists of contracts: search, filters, sorting, pages, and the file for a spreadsheet."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.contracts.models import Contract
from portal.contracts.queries.cards import with_lack_of_card
from portal.contracts.rules.states import ContractKind, ContractState
from portal.customers.models import Customer
from portal.customers.queries.reading import matching
from portal.partners.queries.actors import visible_to
from portal.quotes.models import QuoteVersion
from portal.shared.auth import Actor
from portal.shared.lists import ListRequest, ListSpec, Page, paginate, read_all

EXPORT_LIMIT = 50_000
OF_CUSTOMER = 50
LONGEST_NUMBER = 9
CONTRACT_LIST = ListSpec(
    sorts={
        "alterado": Contract.changed_at,
        "cliente": Customer.search_text,
        "valor": QuoteVersion.negotiated_cents,
        "criado": Contract.created_at,
    },
    default="-alterado",
    filters={"estado": ContractState, "tipo": ContractKind},
)


def list_contracts(session: Session, *, actor: Actor, request: ListRequest) -> Page[Contract]:
    """A page of contracts with customer, partner and version."""
    return paginate(session, _wanted(actor, request), request)


def list_for_export(*, actor: Actor, request: ListRequest) -> Iterator[Contract]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_wanted(actor, request)).limit(EXPORT_LIMIT))


def list_contracts_of_customer(session: Session, customer_id: int, *, actor: Actor) -> list[Contract]:
    """The newest 50 contracts of a customer, with their versions."""
    return list(
        session.scalars(
            select(Contract)
            .where(Contract.customer_id == customer_id, visible_to(actor, Contract.partner_id))
            .options(joinedload(Contract.version), with_lack_of_card())
            .order_by(Contract.id.desc())
            .limit(OF_CUSTOMER)
        )
    )


def _wanted(actor: Actor, request: ListRequest) -> Select[Contract]:
    return (
        select(Contract)
        .join(Contract.customer)
        .join(Contract.version)
        .options(
            contains_eager(Contract.customer).joinedload(Customer.partner),
            contains_eager(Contract.version),
            with_lack_of_card(),
        )
        .where(*_conditions(actor, request))
    )


def _conditions(actor: Actor, request: ListRequest) -> Iterator[ColumnElement[bool]]:
    yield visible_to(actor, Contract.partner_id)
    if request.search:
        meant = matching(request.search)
        number = request.search.strip().lstrip("#")
        if number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER:
            meant = meant | (Contract.id == int(number))
        yield meant
    if state := request.filter("estado"):
        yield Contract.state == ContractState(state)
    if kind := request.filter("tipo"):
        yield Contract.kind == ContractKind(kind)
