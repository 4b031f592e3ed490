"""Customers who left and may come back: those without any contract in force, who want offers."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.cancellations.models import CancellationCase
from portal.cancellations.rules.cases import CaseState, Reason
from portal.contracts.models import Contract
from portal.contracts.rules.states import IN_FORCE
from portal.customers.models import Customer
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import all_words
from portal.shared.auth import Actor
from portal.shared.lists import DAYS, ListRequest, ListSpec, Page, paginate, read_all, within_days
from portal.subscriptions.models import Subscription
from portal.tasks.models import Task
from portal.tasks.rules import TaskKind

EXPORT_LIMIT = 50_000
WIN_BACK_LIST = ListSpec(
    sorts={
        "saida": CancellationCase.last_day,
        "cliente": Customer.name,
        "mensalidade": Subscription.monthly_cents,
    },
    default="-saida",
    filters={"motivo": Reason, **DAYS},
)


type Gone = Row[CancellationCase, str, int, datetime | None]


def list_gone(session: Session, request: ListRequest, *, actor: Actor, today: date) -> Page[Gone]:
    """A page of customers who left, the latest first: case, `plan_name`, `monthly_cents`, `return_at`.

    Of each its last case; `return_at` is when somebody talks to it again.
    """
    return paginate(session, _gone(request, actor, today), request)


def list_gone_for_export(request: ListRequest, *, actor: Actor, today: date) -> Iterator[Gone]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_gone(request, actor, today)).limit(EXPORT_LIMIT))


def _gone(request: ListRequest, actor: Actor, today: date) -> Select[*tuple[Any, ...]]:
    case, later = CancellationCase, aliased(CancellationCase)
    return_at = (
        select(func.min(Task.due_at))
        .where(
            Task.kind == TaskKind.FOLLOW_UP,
            Task.subject_type == case.__tablename__,
            Task.subject_id == case.id,
            Task.closed_at.is_(None),
        )
        .correlate(case)
        .scalar_subquery()
    )
    in_force = select(Contract.id).where(
        Contract.customer_id == case.customer_id, Contract.state.in_(IN_FORCE)
    )
    after = select(later.id).where(
        later.customer_id == case.customer_id, later.state == CaseState.CANCELED, later.id > case.id
    )
    statement = (
        select(case, Subscription.plan_name, Subscription.monthly_cents, return_at.label("return_at"))
        .join(case.customer)
        .join(Subscription, Subscription.contract_id == case.contract_id)
        .where(
            visible_to(actor, case.partner_id),
            case.state == CaseState.CANCELED,
            case.last_day < today,
            Customer.wants_offers,
            ~in_force.exists(),
            ~after.exists(),
            *within_days(request, case.last_day),
        )
        .options(joinedload(case.customer), joinedload(case.partner))
    )
    if reason := request.filter("motivo"):
        statement = statement.where(case.reason == Reason(reason))
    if request.search:
        statement = statement.where(all_words(Customer.search_text, request.search))
    return statement
