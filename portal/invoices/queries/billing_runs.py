"""Billing runs as people see them: what one would make, what they made, what they pass by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, Row, Select, exists, func, select
from sqlalchemy.orm import Session, joinedload

from portal.contracts.models import Contract
from portal.invoices.models import BillingChunk, BillingRun
from portal.invoices.queries.billing import DueSet, fits, is_invoiced, sums_of
from portal.shared.payment_methods import Way
from portal.shared.queue import Lane, QueuedJob
from portal.subscriptions.models import Subscription
from portal.subscriptions.rules import BilledTo


@dataclass(frozen=True, slots=True, kw_only=True)
class DueSum:
    """What a run would bill to customers or partners in one way of paying; money in centavos."""

    billed_to: BilledTo
    way: Way
    count: int
    amount_cents: int


def preview(session: Session, due: DueSet) -> Sequence[DueSum]:
    """What a run would make of a set, by who pays and how; misfits apart (`find_misfits`)."""
    sums = sums_of(due)
    columns = (Subscription.billed_to, Subscription.payment_method)
    statement = (
        select(*columns, func.count(), func.sum(sums.c.amount_cents).cast(BigInteger))
        .join(sums, sums.c.subscription_id == Subscription.id)
        .where(due.condition, fits(sums), ~is_invoiced())
        .group_by(*columns)
        .order_by(*columns)
    )
    return [
        DueSum(billed_to=billed_to, way=Way(way), count=count, amount_cents=cents)
        for billed_to, way, count, cents in session.execute(statement)
    ]


def last_day_billed(session: Session) -> date | None:
    """The newest day that was billed."""
    return session.scalar(select(func.max(BillingRun.day)))


def list_waiting_chunks(session: Session) -> Sequence[int]:
    """The ids of chunks that are planned and not done, in order."""
    waiting = select(BillingChunk.id).where(BillingChunk.done_at.is_(None))
    return session.scalars(waiting.order_by(BillingChunk.id)).all()


def is_in_hand(session: Session) -> bool:
    """Whether somebody, living or killed, holds a job of billing: a chunk, or boletos and mails of one."""
    held = (QueuedJob.lane == Lane.BILLING, QueuedJob.state == "waiting", QueuedJob.leased_until.is_not(None))
    return bool(session.scalar(select(exists().where(*held))))


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSum:
    """A billing run and what it did so far, in centavos; `waiting` invoices are planned, not made."""

    day: date
    due_until: date
    started_at: datetime
    invoiced: int
    amount_cents: int
    parked: int
    waiting: int


def list_runs(session: Session, *, limit: int) -> Sequence[RunSum]:
    """The newest runs."""
    return [RunSum(**row) for row in session.execute(_summed().limit(limit)).mappings()]


def find_run(session: Session, day: date) -> RunSum | None:
    """The run of a day."""
    row = session.execute(_summed().where(BillingRun.day == day)).mappings().first()
    return RunSum(**row) if row else None


def _summed() -> Select[*tuple[Any, ...]]:
    chunk = BillingChunk

    def total(column: Any, *when: Any) -> Any:
        sums = func.sum(column).filter(*when) if when else func.sum(column)
        return func.coalesce(sums, 0).cast(BigInteger)

    return (
        select(
            BillingRun.day,
            BillingRun.due_until,
            BillingRun.started_at,
            total(chunk.invoiced).label("invoiced"),
            total(chunk.invoiced_cents).label("amount_cents"),
            total(chunk.parked).label("parked"),
            total(chunk.count, chunk.done_at.is_(None)).label("waiting"),
        )
        .outerjoin(chunk, chunk.run_id == BillingRun.id)
        .group_by(BillingRun.id)
        .order_by(BillingRun.day.desc())
    )


def list_parked(session: Session, *, limit: int) -> Sequence[Row[Subscription, Contract]]:
    """Subscriptions that billing passes by, with their contract and its customer, the longest due first."""
    statement = (
        select(Subscription, Contract)
        .join(Contract, Contract.id == Subscription.contract_id)
        .options(joinedload(Contract.customer))
        .where(Subscription.parked_reason.is_not(None))
        .order_by(Subscription.next_due_on, Subscription.id)
    )
    return session.execute(statement.limit(limit)).all()


def count_parked(session: Session) -> int:
    """How many subscriptions billing passes by."""
    return session.scalar(select(func.count()).where(Subscription.parked_reason.is_not(None))) or 0
