"""Doing what is due. Each function here is an edge: one unit of work, one transaction of its own.

The row of a job stays locked while its work runs in the same transaction. If the process is
killed, the database lets go of the lock and undoes the work, and it is due again at once.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal.shared.logging import where_it_failed
from portal.shared.queueing import insert_once
from portal.shared.refusals import Refusal
from portal.shared.schedule.registry import Job, timetable
from portal.shared.schedule.rows import JobOutcome, JobRun, ScheduledJob
from portal.shared.schedule.timetable import When

log = logging.getLogger(__name__)

JOB_RETRY = timedelta(minutes=10)
UNEXPECTED = "Falha inesperada; o registro do servidor tem os detalhes."

type Clock = Callable[[], datetime]


class JobIsRunning(Exception):
    """Somebody else runs this job at this moment."""


def plan_jobs(engine: Engine, *, now: datetime) -> None:
    """Bring the rows of all jobs in line with the timetable; what was missed stays due, once."""
    with Session(engine) as session, session.begin():
        for job, when in timetable():
            values = {"name": job.name, "next_run_at": when.next_after(now)}
            if not insert_once(session, ScheduledJob, key="name", values=values):
                row = _lock_job(session, job, due_by=None)
                if row and row.next_run_at > now:
                    row.next_run_at = when.next_after(now)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One run of a job: by its plan, or by hand as of another instant (`as_of`)."""

    job: Job
    when: When
    started: datetime
    as_of: datetime | None = None


def run_due_job(engine: Engine, *, clock: Clock) -> bool:
    """Run the job that has been due longest, unless somebody else does; False when none is due."""
    jobs = {job.name: (job, when) for job, when in timetable()}
    due = select(ScheduledJob.name).where(ScheduledJob.next_run_at <= clock(), ScheduledJob.name.in_(jobs))
    with Session(engine) as session:
        names = session.scalars(due.order_by(ScheduledJob.next_run_at)).all()
    return any(_run(engine, Attempt(*jobs[name], clock()), clock=clock) for name in names)


def run_job_now(engine: Engine, job: Job, when: When, *, as_of: datetime, clock: Clock) -> JobRun:
    """Run a job by hand until nothing waits, as if it were `as_of`; its next time stays as planned.

    Raises:
        JobIsRunning: it runs at this moment.
    """
    plan_jobs(engine, now=clock())
    while ran := _run(engine, Attempt(job, when, clock(), as_of), clock=clock):
        run, more = ran
        if not more:
            return run
    raise JobIsRunning


def make_due(session: Session, job: Job, *, now: datetime) -> None:
    """Have the queue run a job as soon as this transaction commits, whatever its plan says.

    Raises:
        JobIsRunning: it runs at this moment.
    """
    insert_once(session, ScheduledJob, key="name", values={"name": job.name, "next_run_at": now})
    row = _lock_job(session, job, due_by=None)
    if row is None:
        raise JobIsRunning
    row.next_run_at = min(row.next_run_at, now)


def _run(engine: Engine, attempt: Attempt, *, clock: Clock) -> tuple[JobRun, bool] | None:
    """One transaction of a job: its record, and whether it is due again at once. None: somebody runs it."""
    begun = False
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            row = _lock_job(session, attempt.job, due_by=None if attempt.as_of else attempt.started)
            if row is None:
                return None
            begun = True
            report = attempt.job(session, now=attempt.as_of or attempt.started)
            run = _record(session, row, attempt, clock(), outcome=JobOutcome.OK, message=report.message)
            row.failures_in_a_row = 0
            if attempt.as_of is None:
                row.next_run_at = clock() if report.more else attempt.when.next_after(clock())
            log.info("job %s done: %s", attempt.job.name, report.counts or {})
            return run, report.more
    except Exception as error:
        if not begun:  # the database is away or busy: no fault of the job
            raise
        return _record_failure(engine, attempt, error, clock()), False


def _record_failure(engine: Engine, attempt: Attempt, error: Exception, finished: datetime) -> JobRun:
    log_fault("job", attempt.job.name, error)
    with Session(engine, expire_on_commit=False) as session, session.begin():
        row = session.get_one(ScheduledJob, attempt.job.name, with_for_update=True)
        run = _record(
            session,
            row,
            attempt,
            finished,
            outcome=JobOutcome.FAILED,
            message=error.message if isinstance(error, Refusal) else UNEXPECTED,
            error_type=type(error).__name__,
        )
        row.failures_in_a_row += 1
        if attempt.as_of is None:
            row.next_run_at = min(attempt.when.next_after(finished), finished + JOB_RETRY)
    return run


def _record(
    session: Session, row: ScheduledJob, attempt: Attempt, finished: datetime, /, **outcome: str
) -> JobRun:
    run = JobRun(
        job=attempt.job.name,
        as_of=attempt.as_of or attempt.started,
        started_at=attempt.started,
        finished_at=finished,
        **outcome,
    )
    session.add(run)
    session.flush()
    row.last_run_id = run.id
    return run


def _lock_job(session: Session, job: Job, *, due_by: datetime | None) -> ScheduledJob | None:
    statement = select(ScheduledJob).where(ScheduledJob.name == job.name)
    if due_by is not None:
        statement = statement.where(ScheduledJob.next_run_at <= due_by)
    return session.scalar(statement.with_for_update(skip_locked=True))


def log_fault(kind: str, name: str, error: Exception) -> None:
    """Log where something failed, not with what."""
    log.error("%s %s failed: %s", kind, name, where_it_failed(error))
