"""Asking for jobs, and seeing how they do."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, delete, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.orm import Session

from portal.shared.arrays import IDS
from portal.shared.queue.kinds import Lane, kinds
from portal.shared.queue.rows import QueuedJob
from portal.shared.refusals import Conflict, Missing

LATE_AFTER = timedelta(minutes=5)


def enqueue(
    session: Session, kind: str, *, subject_id: int, now: datetime, not_before: datetime | None = None
) -> None:
    """Have a job run after this transaction, or once more if it runs or ran already.

    Raises:
        LookupError: no job is called `kind`.
    """
    due = not_before or now
    values = {
        "kind": kind,
        "lane": kinds()[kind].lane,
        "subject_id": subject_id,
        "next_attempt_at": due,
        "enqueued_at": now,
    }
    session.flush()  # what the job is about
    session.execute(_asked(), values)


def is_waiting(session: Session, kind: str, subject_id: int) -> bool:
    """Whether this job is still to be done: a page that shows progress asks."""
    state = session.scalar(select(QueuedJob.state).filter_by(kind=kind, subject_id=subject_id))
    return state == "waiting"


def list_stuck(session: Session, now: datetime) -> Sequence[tuple[QueuedJob, str]]:
    """Queue given up, or waiting for longer than five minutes, with their titles; at most fifty. No mails:
    those have a list of their own.
    """
    stuck = (QueuedJob.lane != Lane.MAIL) & or_(
        QueuedJob.state == "failed",
        (QueuedJob.state == "waiting")
        & (QueuedJob.attempts > 0)
        & (QueuedJob.enqueued_at < now - LATE_AFTER),
    )
    rows = session.scalars(select(QueuedJob).where(stuck).order_by(QueuedJob.enqueued_at).limit(50)).all()
    titles = {name: kind.title for name, kind in kinds().items()}
    return [(row, titles.get(row.kind, row.kind)) for row in rows]


def forget_done(session: Session, *, before: datetime) -> None:
    """Drop done jobs that ended before an instant."""
    session.execute(delete(QueuedJob).where(QueuedJob.state == "done", QueuedJob.finished_at < before))


def try_again(session: Session, *, job_id: int, now: datetime) -> tuple[QueuedJob, str]:
    """Put a job that was given up, or waits for its next attempt, back at the front; with its title.

    Raises:
        Missing: there is no such job.
        Conflict: it is done.
    """
    row = session.get(QueuedJob, job_id, with_for_update=True)
    if row is None:
        raise Missing("Não encontramos este trabalho da fila.")
    if row.state == "done":
        raise Conflict("Este trabalho da fila já foi concluído.")
    enqueue(session, row.kind, subject_id=row.subject_id, now=now)
    return row, kinds()[row.kind].title


def try_lane_again(session: Session, lane: Lane, *, now: datetime) -> None:
    """Put what failed in a lane, or was given up, back at the front; not what somebody has in hand."""
    failed = (
        select(QueuedJob.id)
        .where(
            QueuedJob.lane == lane,
            QueuedJob.state != "done",
            QueuedJob.last_error != "",
            QueuedJob.lease.is_(None),
        )
        .order_by(QueuedJob.id)
        .with_for_update(skip_locked=True)
    )
    session.execute(update(QueuedJob).where(QueuedJob.id.in_(failed)).values(**_again(now)))


def enqueue_all(session: Session, kind: str, *, subject_ids: Sequence[int], now: datetime) -> None:
    """Have a job run after this transaction for each of many rows that nobody asked it for before.

    Raises:
        LookupError: no job is called `kind`.
    """
    if subject_ids:
        session.execute(_wanted(kind, subject_ids, now=now))


def enqueue_each(session: Session, kind: str, *, subject_ids: Sequence[int], now: datetime) -> None:
    """As `enqueue`, for each of many rows, no row twice.

    Raises:
        LookupError: no job is called `kind`.
    """
    wanted = _wanted(kind, subject_ids, now=now)
    session.execute(wanted.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=_again(now)))


def jobs_for(kind: str, subject_ids: ColumnElement[int], *, now: ColumnElement[datetime]) -> Insert:
    """As `enqueue_all`, for rows that the same statement writes or finds: `subject_ids` is a column of it.

    Raises:
        LookupError: no job is called `kind`.
    """
    values: dict[str, Any] = {
        "kind": literal(kind),
        "lane": literal(str(kinds()[kind].lane)),
        "subject_id": subject_ids,
        "state": literal("waiting"),
        "run_count": literal(1),
        "attempts": literal(0),
        "next_attempt_at": now,
        "last_error": literal(""),
        "enqueued_at": now,
    }
    return insert(QueuedJob).from_select([*values], select(*values.values()))


def _wanted(kind: str, subject_ids: Sequence[int], *, now: datetime) -> Insert:
    """A job for each row, whose ids are one parameter."""
    ids = literal(list(subject_ids), IDS)
    return jobs_for(kind, func.unnest(ids), now=literal(now, QueuedJob.enqueued_at.type))


@cache
def _asked() -> Insert:
    job = insert(QueuedJob.__table__)  # type: ignore[arg-type] # every model of ours has a table
    again = _again(job.excluded.next_attempt_at, job.excluded.enqueued_at)
    return job.on_conflict_do_update(index_elements=["kind", "subject_id"], set_=again)


def _again(due: Any, now: Any = None) -> dict[str, Any]:
    """What a job becomes that is asked for once more."""
    return {
        "state": "waiting",
        "run_count": QueuedJob.run_count + 1,
        "attempts": 0,
        "next_attempt_at": due,
        "enqueued_at": due if now is None else now,
        "last_error": "",
        "finished_at": None,
    }
