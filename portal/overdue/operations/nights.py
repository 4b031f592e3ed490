"""A night: all that owe or are not in order are looked at, in chunks done at once or not at all."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, func, insert, literal, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session

from portal.overdue.models import OverdueChunk, OverdueNight
from portal.overdue.operations.recomputing import recompute, tell
from portal.overdue.queries.facts import to_look_at
from portal.overdue.rules.lateness import RECOMPUTE, TELL_OF_OVERDUE
from portal.shared.queue import enqueue, enqueue_all
from portal.shared.queueing import insert_once

AT_ONCE = 1_000


def plan_night(session: Session, *, day: date, now: datetime) -> int:
    """Cut what is to be looked at into chunks, and have the queue do them; how many subscriptions.

    Asked again, all is looked at again: what was done has no effect twice.
    """
    insert_once(session, OverdueNight, key="day", values={"day": day, "started_at": now})
    night_id = session.scalars(select(OverdueNight.id).where(OverdueNight.day == day)).one()
    found = to_look_at(day).subquery("found")
    place = func.row_number().over(order_by=found.c.id) - 1
    placed = select(found.c.id, (place // AT_ONCE).label("chunk")).subquery("placed")
    in_order: Any = aggregate_order_by(placed.c.id, placed.c.id)
    ids = func.array_agg(in_order, type_=ARRAY(BigInteger))
    chunks = select(literal(night_id, BigInteger), ids).group_by(placed.c.chunk).order_by(placed.c.chunk)
    made = session.execute(
        insert(OverdueChunk)
        .from_select(["night_id", "subscription_ids"], chunks)
        .returning(OverdueChunk.id, func.cardinality(OverdueChunk.subscription_ids))
    ).all()
    if made:
        enqueue_all(session, RECOMPUTE, subject_ids=[chunk_id for chunk_id, _count in made], now=now)
    return sum(count for _id, count in made)


def do_chunk(session: Session, chunk_id: int, *, now: datetime) -> None:
    """Look at a chunk's subscriptions. Done again, nothing happens."""
    chunk = session.scalars(
        select(OverdueChunk)
        .where(OverdueChunk.id == chunk_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if chunk.done_at is not None:
        return
    outcome = recompute(session, chunk.subscription_ids, now=now)
    chunk.changed, chunk.noticed, chunk.suspended, chunk.released, _ = outcome
    chunk.done_at = now
    if outcome.is_to_tell:
        enqueue(session, TELL_OF_OVERDUE, subject_id=chunk.id, now=now)


def tell_chunk(session: Session, chunk_id: int, *, now: datetime) -> None:
    """The mails of what a chunk did, in a transaction of their own: as the rows, they are there once."""
    chunk = session.get_one(OverdueChunk, chunk_id)
    if chunk.done_at is not None:
        tell(session, chunk.subscription_ids, at=chunk.done_at, now=now)
