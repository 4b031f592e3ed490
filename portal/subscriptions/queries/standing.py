"""What customers have: how far each is, the plans in force, until when they are paid.

Computed from contracts, their subscriptions, open quotes and the coverage ledger. Lists, the record and files
ask here only, so that another source of what is in force changes this module alone.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    and_,
    case,
    exists,
    func,
    or_,
    select,
    true,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.catalog.rules import ServiceState
from portal.contracts.models import Contract
from portal.contracts.rules.states import IN_FORCE, ContractState
from portal.customers.models import Customer
from portal.customers.queries.reading import StandingsOn
from portal.customers.rules import CustomerSituation, Standing
from portal.quotes.models import QuoteVersion
from portal.quotes.rules.states import QuoteState
from portal.shared.brazil import parse_money
from portal.shared.lists import Column, ListRequest, days_asked
from portal.subscriptions.models import Coverage, Subscription, SubscriptionPause
from portal.subscriptions.rules import BECAME_A_CONTRACT, SITUATIONS, situation_of, worst_of

NEVER = date(1, 1, 1)
NOTHING_CENTS = -1


class CustomerStandings:
    """What customers have on a day, as the customers room asks it (`StandingSource`)."""

    def __init__(self, today: date) -> None:
        self.today = today

    def beside(self, customers: Select[Customer]) -> Select[*tuple[Any, ...]]:
        """Contract and quote states, plans and amounts in force, and the last paid day of each customer."""
        in_force = self._of_customer(
            _all_of(Subscription.plan_name).label("plans"),
            _all_of(Subscription.service_state).label("service_states"),
            func.sum(Subscription.cost_cents).label("cost_cents"),
            func.sum(Subscription.repasse_cents).label("repasse_cents"),
        ).lateral("in_force")
        contract_states = select(_all_of(Contract.state)).where(Contract.customer_id == Customer.id)
        quote_states = select(_all_of(QuoteVersion.state)).where(
            QuoteVersion.is_live, QuoteVersion.customer_id == Customer.id, ~_told_by_contract()
        )
        return customers.add_columns(
            contract_states.scalar_subquery().label("contract_states"),
            quote_states.scalar_subquery().label("quote_states"),
            in_force.c.plans,
            in_force.c.service_states,
            in_force.c.cost_cents,
            in_force.c.repasse_cents,
            _released_until().label("released_until"),
            self._pause(func.min(SubscriptionPause.paused_from)).label("paused_from"),
            self._pause(func.max(SubscriptionPause.paused_until)).label("paused_until"),
        ).join(in_force, true())

    def _pause(self, day: ColumnElement[Any]) -> ScalarSelect[Any]:
        """Of pauses that are not over."""
        return (
            select(day)
            .where(
                SubscriptionPause.customer_id == Customer.id,
                SubscriptionPause.paused_until >= self.today,
                SubscriptionPause.is_kept,
            )
            .correlate(Customer)
            .scalar_subquery()
        )

    def _of_customer(self, *columns: Any) -> Select[*tuple[Any, ...]]:
        return _in_force(self.today, *columns).where(Contract.customer_id == Customer.id).correlate(Customer)

    def standing(self, row: Row[*tuple[Any, ...]]) -> Standing:
        """The standing in a row of `beside`."""
        until: date | None = row.released_until
        return Standing(
            situation=situation_of(row.contract_states or (), row.quote_states or ()),
            plans=tuple(row.plans or ()),
            cost_cents=_cents(row.cost_cents),
            repasse_cents=_cents(row.repasse_cents),
            released_until=until,
            is_released=until is not None and until >= self.today,
            payment=worst_of(row.service_states or ()),
            paused=(row.paused_from, row.paused_until) if row.paused_from else None,
        )

    def sorts(self) -> Mapping[str, Column]:
        """Customers with nothing in force, or nothing paid, come first; situations in their own order."""
        plan = self._of_customer(func.min(Subscription.plan_name)).scalar_subquery()
        cost, repasse = (
            self._of_customer(func.sum(cents)).scalar_subquery()
            for cents in (Subscription.cost_cents, Subscription.repasse_cents)
        )
        return {
            "situacao": _place_of_situation(),
            "plano": func.coalesce(plan, ""),
            "liberado": func.coalesce(_released_until(), NEVER),
            "custo": func.coalesce(cost, NOTHING_CENTS),
            "repasse": func.coalesce(repasse, NOTHING_CENTS),
        }

    def conditions(self, request: ListRequest) -> Iterator[ColumnElement[bool]]:
        """How `plano`, `situacao`, `pagamento`, the amounts and the days narrow a list."""
        if plan := request.filter("plano"):
            with_plan = _in_force(self.today, Contract.customer_id).where(Subscription.plan == plan)
            yield Customer.id.in_(with_plan)
        if state := request.filter("pagamento"):
            as_asked = Subscription.service_state == ServiceState(state)
            yield Customer.id.in_(_in_force(self.today, Contract.customer_id).where(as_asked))
        if situation := request.filter("situacao"):
            yield from _in_situation(CustomerSituation(situation))
        yield from self._with_amounts(request)
        first, last = days_asked(request)
        if first or last:
            yield exists().where(
                Coverage.customer_id == Customer.id,
                Coverage.grace_until.between(first or date.min, last or date.max),
                Coverage.taken_back_at.is_(None),
            )
        if last:
            yield ~exists().where(
                Coverage.customer_id == Customer.id,
                Coverage.grace_until > last,
                Coverage.taken_back_at.is_(None),
            )

    def _with_amounts(self, request: ListRequest) -> Iterator[ColumnElement[bool]]:
        """`custo_de=85,00&custo_ate=120`, and the same of the repasse: of all in force, a month."""
        of_list = {"custo": Subscription.cost_cents, "repasse": Subscription.repasse_cents}
        for name, cents in of_list.items():
            least, most = (_amount_asked(request, f"{name}_{end}") for end in ("de", "ate"))
            if least is None and most is None:
                continue
            total = func.sum(cents)
            with_amount = _in_force(self.today, Contract.customer_id).group_by(Contract.customer_id)
            if least is not None:
                with_amount = with_amount.having(total >= least)
            if most is not None:
                with_amount = with_amount.having(total <= most)
            yield Customer.id.in_(with_amount)


def _amount_asked(request: ListRequest, name: str) -> int | None:
    """Centavos; what is no amount is as if not given."""
    try:
        return parse_money(request.filter(name))
    except ValueError:
        return None


def _all_of(column: Column) -> ColumnElement[Any]:
    """Its different values, as a list."""
    return func.array_agg(column.distinct(), type_=ARRAY(column.type))


def _cents(total: Any) -> int | None:
    return None if total is None else int(total)


def _in_force(today: date, *columns: Any) -> Select[*tuple[Any, ...]]:
    """Of contracts that hold on a day. One that follows another of the same partner waits until its own
    first day, so that nothing counts twice.
    """
    return (
        select(*columns)
        .select_from(Contract)
        .join(Subscription, Subscription.contract_id == Contract.id)
        .where(
            Contract.state.in_(IN_FORCE),
            or_(Contract.base_contract_id.is_(None), Contract.starts_on <= today),
            or_(Contract.ends_on.is_(None), Contract.ends_on >= today),
        )
    )


def _released_until() -> ScalarSelect[Any]:
    return (
        select(func.max(Coverage.grace_until))
        .where(Coverage.customer_id == Customer.id, Coverage.taken_back_at.is_(None))
        .correlate(Customer)
        .scalar_subquery()
    )


def _told_by_contract() -> ColumnElement[bool]:
    """Whether a quote became a contract, which tells what became of it."""
    return and_(QuoteVersion.state.in_(BECAME_A_CONTRACT), _has_contract())


def _has_contract() -> ColumnElement[bool]:
    return exists().where(Contract.quote_id == QuoteVersion.quote_id).correlate(QuoteVersion)


def _place_of_situation() -> ColumnElement[int]:
    """The place of a customer's situation in the table of situations."""
    of_contracts = {state: place for place, step in enumerate(SITUATIONS) for state in step.contracts}
    of_quotes = {state: place for place, step in enumerate(SITUATIONS) for state in step.quotes}
    last = len(SITUATIONS)
    contracts = select(func.min(case(of_contracts, value=Contract.state, else_=last))).where(
        Contract.customer_id == Customer.id
    )
    quotes = select(func.min(case(of_quotes, value=QuoteVersion.state, else_=last))).where(
        QuoteVersion.is_live, QuoteVersion.customer_id == Customer.id, ~_told_by_contract()
    )
    first, second = (each.correlate(Customer).scalar_subquery() for each in (contracts, quotes))
    return func.least(func.coalesce(first, last), func.coalesce(second, last))


def _in_situation(wanted: CustomerSituation) -> Iterator[ColumnElement[bool]]:
    """What the table of situations says, as conditions: this row of it, and none of those before."""
    contracts: set[ContractState] = set()
    quotes: set[QuoteState] = set()
    for step in SITUATIONS:
        if step.situation is wanted:
            yield _has_any(step.contracts, step.quotes)
            break
        contracts |= step.contracts
        quotes |= step.quotes
    if contracts:
        yield ~exists().where(Contract.customer_id == Customer.id, Contract.state.in_(contracts))
    for states in _quotes(quotes):
        yield ~exists().where(QuoteVersion.customer_id == Customer.id, *states)


def _has_any(contracts: Collection[ContractState], quotes: Collection[QuoteState]) -> ColumnElement[bool]:
    found: list[Select[int]] = []
    if contracts:
        found.append(select(Contract.customer_id).where(Contract.state.in_(contracts)))
    found += [select(QuoteVersion.customer_id).where(*states) for states in _quotes(quotes)]
    return Customer.id.in_(found[0] if len(found) == 1 else union(*found))


def _quotes(states: Collection[QuoteState]) -> Iterator[tuple[Column, ...]]:
    """Conditions of open quotes in some states, apart by whether a contract may tell of them: one condition
    that says either or would read every quote.
    """
    if others := set(states) - BECAME_A_CONTRACT:
        yield QuoteVersion.is_live, QuoteVersion.state.in_(others)
    if sold := set(states) & BECAME_A_CONTRACT:
        yield QuoteVersion.is_live, QuoteVersion.state.in_(sold), ~_has_contract()


def standings_on(_session: Session, asked: StandingsOn) -> CustomerStandings:
    """What customers have on a day, for their list and record."""
    return CustomerStandings(asked.today)
