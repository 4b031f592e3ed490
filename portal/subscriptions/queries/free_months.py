"""Months that were given away, and those that may be."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, Row, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from portal.contracts.models import Contract
from portal.contracts.rules.states import IN_FORCE, ContractKind
from portal.subscriptions.models import Coverage, FreeMonth


def find_free_month(session: Session, contract_id: int, number: int) -> FreeMonth | None:
    """That payment `number` of a contract was given away."""
    return session.scalar(
        select(FreeMonth).where(FreeMonth.contract_id == contract_id, FreeMonth.number == number)
    )


def list_free_months(
    session: Session, contract_id: int, *, today: date
) -> Sequence[Row[FreeMonth, bool, bool]]:
    """The months of a contract that were given away, with who did it, the first first.

    Beside each whether its time is released, and whether it is or still may be.
    """
    return session.execute(
        select(FreeMonth, is_released(), is_kept(today))
        .where(FreeMonth.contract_id == contract_id)
        .options(joinedload(FreeMonth.granted_by))
        .order_by(FreeMonth.number)
    ).all()


def last_granted_at(session: Session, customer_id: int) -> datetime | None:
    """When a customer was given months last."""
    return session.scalar(
        select(FreeMonth.granted_at)
        .where(FreeMonth.customer_id == customer_id)
        .order_by(FreeMonth.granted_at.desc())
        .limit(1)
    )


def list_to_cover(session: Session, *, today: date) -> Sequence[FreeMonth]:
    """Free months that have begun, are not over and whose time is not released, by customer."""
    return session.scalars(
        select(FreeMonth)
        .where(FreeMonth.starts_on <= today, FreeMonth.ends_on >= today, ~is_released())
        .order_by(FreeMonth.customer_id, FreeMonth.id)
    ).all()


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
    amendment = aliased(Contract)
    goes_on = exists().where(
        amendment.base_contract_id == FreeMonth.contract_id,
        amendment.kind == ContractKind.AMENDMENT,
        amendment.state.in_(IN_FORCE),
        or_(amendment.ends_on.is_(None), amendment.ends_on >= FreeMonth.starts_on),
    )
    in_force = exists().where(
        Contract.id == FreeMonth.contract_id,
        Contract.state.in_(IN_FORCE),
        or_(Contract.ends_on.is_(None), Contract.ends_on >= FreeMonth.starts_on),
    )
    return or_(is_released(), and_(FreeMonth.ends_on >= today, or_(in_force, goes_on)))
