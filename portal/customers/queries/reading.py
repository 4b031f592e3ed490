"""Reads of the customers room. Each takes the person asking and shows only what that person may see."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, true
from sqlalchemy.orm import Session, joinedload, load_only, selectinload

from portal.catalog.rules import ServiceState
from portal.customers.models import Customer
from portal.customers.rules import (
    COMPANY,
    CPF_LENGTH,
    KIND_LABELS,
    STATES,
    ContactDetails,
    CustomerDetails,
    CustomerSituation,
    Recipient,
    SignatoryDetails,
    Situation,
    Standing,
    search_words,
)
from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import partners_named
from portal.shared.auth import Actor, Permission
from portal.shared.clock import day_of
from portal.shared.lists import DAYS, Column, ListRequest, ListSpec, Page, contains, paginate, read_all
from portal.shared.questions import Question, ask
from portal.shared.refusals import Missing

DOCUMENTS_AT_ONCE = 500
MONEY_SORTS = frozenset({"custo", "repasse"})
AMOUNTS = ("custo_de", "custo_ate", "repasse_de", "repasse_ate")


_EVERYTHING = (
    joinedload(Customer.partner),
    joinedload(Customer.signatory),
    selectinload(Customer.contacts),
)


@dataclass(frozen=True, slots=True)
class SituationOfCustomer(Question[Situation]):
    """What a room knows of a customer, and what of it waits for the person asking."""

    actor: Actor
    customer: Customer
    now: datetime


class StandingSource(Protocol):
    """What customers have on a day. The room that knows it stands downstream."""

    def beside(self, customers: Select[Customer]) -> Select[*tuple[Any, ...]]:
        """The statement with what `standing` reads selected beside each customer."""

    def standing(self, row: Row[*tuple[Any, ...]]) -> Standing:
        """The standing in a row of such a statement."""

    def sorts(self) -> Mapping[str, Column]:
        """The orders of a list that go by what customers have."""

    def conditions(self, request: ListRequest) -> Iterator[ColumnElement[bool]]:
        """How `plano`, `situacao`, `pagamento`, `de`, `ate` and what is in `AMOUNTS` narrow a list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerEntry:
    """A line of the list."""

    customer: Customer
    standing: Standing


@dataclass(frozen=True, slots=True)
class StandingsOn(Question[StandingSource]):
    """What customers have on a day."""

    today: date


def standings_on(session: Session, today: date) -> StandingSource:
    """What customers have on a day."""
    (source,) = ask(session, StandingsOn(today))
    return source


def situation_of(session: Session, actor: Actor, customer: Customer, *, now: datetime) -> Situation:
    """What all rooms know of a customer, in their order, and its standing."""
    told = ask(session, SituationOfCustomer(actor, customer, now))
    return Situation(
        needs=tuple(need for each in told for need in each.needs),
        deals=sum(each.deals for each in told),
        standing=_standing_of(session, customer, today=day_of(now)),
    )


def _standing_of(session: Session, customer: Customer, *, today: date) -> Standing:
    standings = standings_on(session, today)
    alone = select(Customer).options(load_only(Customer.id)).where(Customer.id == customer.id)
    return standings.standing(session.execute(standings.beside(alone)).one())


def get_customer(session: Session, customer_id: int, *, actor: Actor) -> Customer:
    """A customer with its partner, signatory and contacts.

    Raises:
        Missing: no such customer, or another partner's.
    """
    return _get(session, _one(customer_id, actor).options(*_EVERYTHING))


def load_customer(session: Session, customer_id: int) -> Customer:
    """A customer that is known to exist, with its partner, signatory and contacts, for its own pages."""
    return session.scalars(select(Customer).options(*_EVERYTHING).where(Customer.id == customer_id)).one()


def get_customer_alone(session: Session, customer_id: int, *, actor: Actor) -> Customer:
    """A customer without partner, signatory and contacts, for a page that only names it.

    Raises:
        Missing: no such customer, or another partner's.
    """
    return _get(session, _one(customer_id, actor))


def _one(customer_id: int, actor: Actor) -> Select[Customer]:
    return select(Customer).where(Customer.id == customer_id, visible_to(actor, Customer.partner_id))


def _get(session: Session, statement: Select[Customer]) -> Customer:
    customer = session.scalar(statement)
    if customer is None:
        raise Missing("Não encontramos este cliente.")
    return customer


def details_of(customer: Customer) -> CustomerDetails:
    """A loaded customer (see `get_customer`) as the form and the rules take it."""
    signatory = customer.signatory
    return CustomerDetails(
        document=customer.document,
        name=customer.name,
        trade_name=customer.trade_name,
        email=customer.email,
        phone=customer.phone,
        postal_code=customer.postal_code,
        street=customer.street,
        street_number=customer.street_number,
        complement=customer.complement,
        district=customer.district,
        city=customer.city,
        state=customer.state,
        notes=customer.notes,
        contacts=tuple(
            ContactDetails(name=each.name, position=each.position, email=each.email, phone=each.phone)
            for each in customer.contacts
        ),
        signatory=SignatoryDetails(
            name=signatory.name, cpf=signatory.cpf, email=signatory.email, phone=signatory.phone
        )
        if signatory
        else None,
    )


def recipient_of(customer: Customer) -> Recipient | None:
    """Who gets mail for a customer with its signatory loaded: the signatory, else the customer itself.

    None when neither has an address; then no mail is queued, and who asked for one is told so.
    """
    signatory = customer.signatory
    if signatory is not None and signatory.email:
        return Recipient(signatory.email, signatory.name)
    return Recipient(customer.email, customer.display_name) if customer.email else None


def matching(search: str) -> ColumnElement[bool]:
    """The condition that a customer is meant by a search: name, trade name or document, in parts."""
    return and_(
        true(),
        *(
            or_(*(contains(Customer.search_text, each) for each in {word, compact} if each))
            for word, compact in search_words(search)
        ),
    )


def customer_list(standings: StandingSource, actor: Actor) -> ListSpec:
    """What this person can ask of the list; by money only who sees it."""
    sorts = {"nome": Customer.search_text, "cadastro": Customer.created_at, **standings.sorts()}
    filters = {"tipo": KIND_LABELS, "uf": STATES, "situacao": CustomerSituation}
    filters["pagamento"] = ServiceState
    open_filters: dict[str, None] = {"parceiro": None, "plano": None, **DAYS}
    if actor.can(Permission.SEE_REPASSE):
        open_filters |= dict.fromkeys(AMOUNTS)
    else:
        sorts = {word: column for word, column in sorts.items() if word not in MONEY_SORTS}
    return ListSpec(sorts=sorts, default="nome", filters={**filters, **open_filters})


def list_customers(
    session: Session, actor: Actor, request: ListRequest, standings: StandingSource
) -> Page[CustomerEntry]:
    """A page of customers with their partner and what they have, in three statements.

    The page is found by ids alone; only its rows are then read with all they show.
    """
    page = paginate(session, _wanted(select(Customer.id), actor, request, standings), request)
    shown = _with_partner().where(Customer.id.in_(page.items))
    entries = {
        row[0].id: CustomerEntry(customer=row[0], standing=standings.standing(row))
        for row in session.execute(standings.beside(shown))
    }
    return page.showing(entries)


def list_for_export(actor: Actor, request: ListRequest, standings: StandingSource) -> Iterator[CustomerEntry]:
    """The whole list as filtered and sorted, read while a file is sent. One statement."""
    wanted = standings.beside(_wanted(_with_partner(), actor, request, standings))
    for row in read_all(request.ordered(wanted)):
        yield CustomerEntry(customer=row[0], standing=standings.standing(row))


def _with_partner() -> Select[Customer]:
    return select(Customer).options(joinedload(Customer.partner))


def _wanted[S: Select[*tuple[Any, ...]]](
    customers: S, actor: Actor, request: ListRequest, standings: StandingSource
) -> S:
    wanted = customers.where(visible_to(actor, Customer.partner_id), matching(request.search))
    if kind := request.filter("tipo"):
        is_person = func.length(Customer.document) == CPF_LENGTH
        wanted = wanted.where(~is_person if kind == COMPANY else is_person)
    if state := request.filter("uf"):
        wanted = wanted.where(Customer.state == state)
    if partner := request.filter("parceiro"):
        wanted = wanted.where(Customer.partner_id.in_(partners_named(partner)))
    return wanted.where(*standings.conditions(request))


def find_by_document(session: Session, *, partner_id: int, document: str) -> Customer | None:
    """The partner's customer with this document."""
    return session.scalar(
        select(Customer).where(Customer.partner_id == partner_id, Customer.document == document)
    )


def names_by_document(session: Session, *, partner_id: int, documents: Collection[str]) -> dict[str, str]:
    """Which of these documents the partner has already, with the customer's name."""
    wanted = list(documents)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), DOCUMENTS_AT_ONCE):
        some = wanted[start : start + DOCUMENTS_AT_ONCE]
        rows = session.execute(
            select(Customer.document, Customer.name).where(
                Customer.partner_id == partner_id, Customer.document.in_(some)
            )
        )
        found |= {row.document: row.name for row in rows}
    return found


def list_partners(session: Session, actor: Actor) -> Sequence[Row[int, str]]:
    """The active partners this person may choose from, as (id, trade name)."""
    return session.execute(
        select(Partner.id, Partner.trade_name)
        .where(visible_to(actor, Partner.id), Partner.disabled_at.is_(None))
        .order_by(Partner.trade_name, Partner.id)
    ).all()
