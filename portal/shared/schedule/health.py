"""How the queue is doing, for the vendor's administrators (permission `see_operations`)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from portal.shared.schedule.registry import timetable
from portal.shared.schedule.rows import JobRun, QueueWorker, ScheduledJob

LATE_AFTER = timedelta(minutes=5)
WORKER_GONE_AFTER = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobHealth:
    """One job: what it is, how it last went and when it is next."""

    name: str
    title: str
    schedule: str
    last_run: JobRun | None
    next_run_at: datetime
    failures_in_a_row: int
    is_late: bool


def job_health(session: Session, now: datetime) -> list[JobHealth]:
    """Every job of the timetable, in its order. One statement."""
    with_last_run = select(ScheduledJob).options(joinedload(ScheduledJob.last_run))
    rows = {row.name: row for row in session.scalars(with_last_run)}
    result = []
    for job, when in timetable():
        row = rows.get(job.name)
        next_run_at = row.next_run_at if row else when.next_after(now)
        result.append(
            JobHealth(
                name=job.name,
                title=job.title,
                schedule=str(when),
                last_run=row.last_run if row else None,
                next_run_at=next_run_at,
                failures_in_a_row=row.failures_in_a_row if row else 0,
                is_late=next_run_at < now - LATE_AFTER,
            )
        )
    return result


def is_worked(session: Session, now: datetime) -> bool:
    """Whether at least one process works the queue."""
    seen = session.scalar(select(func.max(QueueWorker.seen_at)))
    return seen is not None and seen > now - WORKER_GONE_AFTER
