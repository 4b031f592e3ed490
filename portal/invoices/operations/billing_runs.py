"""Billing a day: planned in chunks, each done at once or not at all, by as many workers as there are."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import BigInteger, Date, Select, bindparam, func, insert, literal, select
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from portal.invoices.events import InvoicesIssued
from portal.invoices.models import BillingChunk, BillingRun, Invoice, VoidedNumber
from portal.invoices.operations import billing_sets
from portal.invoices.operations.issuing import lock_series
from portal.invoices.operations.parking import ask_about_parked
from portal.invoices.queries.billing import SET, DueSet
from portal.invoices.rules.billing import SET_ASIDE, due_until, why_refused
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.events import publish
from portal.shared.queue import enqueue_all
from portal.shared.queueing import insert_once
from portal.subscriptions.models import Subscription
from portal.subscriptions.operations import billing

AT_ONCE = 1_500
BILL_CHUNK = "bill-chunk"


def plan_run(session: Session, *, day: date, now: datetime) -> int:
    """Cut what is due into chunks with numbers of their own, and have the queue do them; how many invoices.

    The series stays locked to the end of the transaction, which is short. What an earlier plan holds and
    nobody did yet is not planned twice. Asked again, it plans what came due since.
    """
    until = due_until(day, value(session, Name.INVOICE_DAYS_AHEAD))
    insert_once(session, BillingRun, key="day", values={"day": day, "due_until": until, "started_at": now})
    run = session.scalars(select(BillingRun).where(BillingRun.day == day)).one()
    series = lock_series(session)
    told = {"run_id": run.id, "due_until": run.due_until, "last_number": series.last_number, "now": now}
    made = session.connection().execute(_planned(), told).all()
    total = sum(count for _id, count in made)
    if total:
        series.last_number += total
        enqueue_all(session, BILL_CHUNK, subject_ids=[chunk_id for chunk_id, _count in made], now=now)
    return total


def bill_chunk(session: Session, chunk_id: int, *, now: datetime) -> None:
    """Make a chunk's invoices with lines and postings. Done again, nothing happens.

    What the database refuses as a set is tried one by one: only the subscription it refuses is parked, and
    finance is asked to look at it.
    """
    chunk, until = session.execute(_locked_chunk(chunk_id)).one()
    if chunk.done_at is not None:
        return
    due = DueSet(due_until=until, first_id=chunk.first_id, last_id=chunk.last_id)
    session.flush()
    ids = session.connection().execute(_locked(), due.values).scalars().all()
    parked: dict[int, str] = {}
    try:
        with session.begin_nested():
            made, cents = billing_sets.bill(session, chunk, due, size=len(ids), now=now)
    except (IntegrityError, DataError):
        made, cents, parked = _bill_one_by_one(session, chunk, ids, due_until=until, now=now)
    if made < len(ids):
        parked |= billing_sets.park_misfits(session, due)
    if made < chunk.count:
        _explain_unused_numbers(session, chunk)
    chunk.invoiced, chunk.invoiced_cents, chunk.parked = made, cents, len(parked)
    chunk.done_at = now
    ask_about_parked(session, run_id=chunk.run_id, reasons=parked, now=now)
    publish(session, InvoicesIssued(chunk_id=chunk.id, at=now))


@cache
def _planned() -> ReturningInsert[int, int]:
    """The chunks of a run, each with its id and count."""
    columns = ["run_id", "first_id", "last_id", "first_number", "count", "planned_at"]
    planned = insert(BillingChunk).from_select(columns, _chunks())
    return planned.returning(BillingChunk.id, BillingChunk.count)


def _chunks() -> Select[*tuple[Any, ...]]:
    """What is due and in no chunk that waits, cut by ids, with numbers that follow one another."""
    due = DueSet(due_until=bindparam("due_until", type_=Date))
    ranges = func.range_agg(func.int8range(BillingChunk.first_id, BillingChunk.last_id, "[]"))
    waiting = select(ranges).where(BillingChunk.done_at.is_(None)).scalar_subquery()
    place = func.row_number().over(order_by=Subscription.id) - 1
    due_now = (
        select(Subscription.id, (place // AT_ONCE).label("chunk"))
        .where(due.condition, Subscription.id.op("<@", is_comparison=True)(waiting).is_not(True))
        .subquery()
    )
    cut = (
        select(
            func.min(due_now.c.id).label("first_id"),
            func.max(due_now.c.id).label("last_id"),
            func.count().label("count"),
        )
        .group_by(due_now.c.chunk)
        .subquery()
    )
    before = func.sum(cut.c.count).over(order_by=cut.c.first_id) - cut.c.count
    return select(
        bindparam("run_id", type_=BigInteger),
        cut.c.first_id,
        cut.c.last_id,
        (bindparam("last_number", type_=BigInteger) + 1 + before).cast(BigInteger),
        cut.c.count,
        bindparam("now", type_=BillingChunk.planned_at.type),
    ).order_by(cut.c.first_id)


def _locked_chunk(chunk_id: int) -> Select[BillingChunk, date]:
    """A chunk as it is now, and until when its run looks ahead."""
    return (
        select(BillingChunk, BillingRun.due_until)
        .join(BillingRun, BillingRun.id == BillingChunk.run_id)
        .where(BillingChunk.id == chunk_id)
        .with_for_update(of=BillingChunk, key_share=True)
        .execution_options(populate_existing=True)
    )


@cache
def _locked() -> Select[int]:
    """The ids of `SET`. A contract that is billed by hand takes the same row before it makes an invoice."""
    return select(Subscription.id).where(SET.condition).order_by(Subscription.id).with_for_update()


def _bill_one_by_one(
    session: Session, chunk: BillingChunk, ids: Sequence[int], *, due_until: date, now: datetime
) -> tuple[int, int, dict[int, str]]:
    """How many invoices could be made, what they come to, and which could not, each with the reason."""
    made, cents = 0, 0
    refused: dict[int, str] = {}
    for subscription_id in ids:
        one = DueSet(due_until=due_until, first_id=subscription_id, last_id=subscription_id)
        try:
            with session.begin_nested():
                count, amount = billing_sets.bill(session, chunk, one, size=1, now=now)
            made, cents = made + count, cents + amount
        except (IntegrityError, DataError) as error:
            refused[subscription_id] = why_refused(_constraint(error))
    billing.park(session, reasons=refused)
    return made, cents, refused


def _constraint(error: DBAPIError) -> str:
    """The rule of the database that was broken, by its name: nothing of the row."""
    cause = error.orig
    name = cause.diag.constraint_name if isinstance(cause, psycopg.Error) else None
    return name or type(cause).__name__


def _explain_unused_numbers(session: Session, chunk: BillingChunk) -> None:
    last = chunk.first_number + chunk.count - 1
    number = func.generate_series(chunk.first_number, last, type_=BigInteger).column_valued("number")
    borne = select(Invoice.number).where(Invoice.chunk_id == chunk.id)
    unused = select(number, literal(chunk.id, BigInteger), literal(SET_ASIDE)).where(number.not_in(borne))
    session.execute(insert(VoidedNumber).from_select(["number", "chunk_id", "reason"], unused))
