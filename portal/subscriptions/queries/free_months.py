"""Months that were given away, and those that may be."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import cache

from sqlalchemy import CTE, ColumnElement, Row, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.contracts.models import Contract
from portal.contracts.rules.states import IN_FORCE, ContractKind
from portal.customers.models import Customer
from portal.subscriptions.models import Coverage, FreeMonth


def find_free_month(session: Session, contract_id: int, number: int) -> FreeMonth | None:
    """That payment `number` of a contract was given away."""
    return session.scalar(
        select(FreeMonth).where(FreeMonth.contract_id == contract_id, FreeMonth.number == number)
    )


def list_free_months(
    session: Session, contract_id: int, *, today: date
) -> Sequence[Row[FreeMonth, bool, bool, bool]]:
    """The months of a contract that were given away, with who did it, the first first.

    Beside each whether its time is released, whether it is or still may be, and whether it moved to another
    contract.
    """
    return session.execute(
        select(FreeMonth, is_released(), is_kept(today), has_moved())
        .where(FreeMonth.contract_id == contract_id)
        .options(joinedload(FreeMonth.granted_by))
        .order_by(FreeMonth.number)
    ).all()


def last_granted_at(session: Session, customer_id: int) -> datetime | None:
    """When a customer was given months last, also as the customer of another partner."""
    document = select(Customer.document).where(Customer.id == customer_id).scalar_subquery()
    return session.scalar(
        select(FreeMonth.granted_at)
        .join(Customer, Customer.id == FreeMonth.customer_id)
        .where(Customer.document == document)
        .order_by(FreeMonth.granted_at.desc())
        .limit(1)
    )


def list_given_with(session: Session, month_id: int, *, today: date) -> Sequence[FreeMonth]:
    """The months given, or moved, together with one, in order: those that are released or still may be."""
    one = aliased(FreeMonth)
    return session.scalars(
        select(FreeMonth)
        .join(one, and_(one.contract_id == FreeMonth.contract_id, one.granted_at == FreeMonth.granted_at))
        .where(one.id == month_id, is_kept(today))
        .order_by(FreeMonth.number)
    ).all()


def list_to_cover(session: Session, *, today: date) -> Sequence[FreeMonth]:
    """Free months that have begun and wait, by customer."""
    return session.scalars(
        select(FreeMonth)
        .where(FreeMonth.starts_on <= today, waits(today))
        .order_by(FreeMonth.customer_id, FreeMonth.id)
    ).all()


def list_waiting(session: Session, contract_ids: Collection[int], *, today: date) -> Sequence[FreeMonth]:
    """Free months of contracts that wait, the first first."""
    return session.scalars(
        select(FreeMonth)
        .where(FreeMonth.contract_id.in_(contract_ids), waits(today))
        .order_by(FreeMonth.starts_on, FreeMonth.id)
    ).all()


def waits(today: date) -> ColumnElement[bool]:
    """Whether a free month is not over, its time not released, and did not move to another contract."""
    return and_(FreeMonth.ends_on >= today, ~is_released(), ~has_moved())


@cache
def has_moved() -> ColumnElement[bool]:
    """Whether a free month is one of another contract now."""
    moved = aliased(FreeMonth)
    return exists().where(moved.moved_from_id == FreeMonth.id).correlate(FreeMonth)


def is_released() -> ColumnElement[bool]:
    """Whether the time of a free month is in the coverage ledger."""
    return exists().where(
        Coverage.contract_id == FreeMonth.contract_id,
        Coverage.number == FreeMonth.number,
        Coverage.taken_back_at.is_(None),
    )


def is_kept(today: date) -> ColumnElement[bool]:
    """Whether a free month is released or still may be: it is lost where the contract ends before it begins,
    unless an amendment goes on with it, and where it is over.
    """
    return or_(is_released(), and_(waits(today), _goes_on()))


@cache  # writing the expression anew takes longer than reading a customer's free months
def _goes_on() -> ColumnElement[bool]:
    """Whether the contract of a free month, or an amendment of it, is in force when it begins."""
    carrier, amendments = aliased(Contract), _amendments()
    return (
        exists()
        .where(
            or_(carrier.id == FreeMonth.contract_id, carrier.id.in_(select(amendments.c.id))),
            carrier.state.in_(IN_FORCE),
            or_(carrier.ends_on.is_(None), carrier.ends_on >= FreeMonth.starts_on),
        )
        .correlate(FreeMonth)
    )


def _amendments() -> CTE:
    """The amendments of the contract of the present free month, directly or through others."""
    first, later = aliased(Contract), aliased(Contract)
    chain = (
        select(first.id.label("id"))
        .where(first.base_contract_id == FreeMonth.contract_id, first.kind == ContractKind.AMENDMENT)
        .correlate(FreeMonth)
        .cte("amendments", recursive=True, nesting=True)
    )
    return chain.union(
        select(later.id)
        .join(chain, later.base_contract_id == chain.c.id)
        .where(later.kind == ContractKind.AMENDMENT)
    )
