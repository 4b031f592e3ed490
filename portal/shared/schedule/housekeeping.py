"""The queue's own job."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from portal.shared import queue
from portal.shared.schedule.registry import job
from portal.shared.schedule.rows import JobRun, QueueWorker, ScheduledJob

KEPT = timedelta(days=90)
WORKERS_KEPT = timedelta(days=1)


@job("queue-housekeeping", title="Limpeza do histórico da fila")
def forget_old_work(session: Session, *, now: datetime) -> str:
    """Forget runs and jobs after 90 days (never a job's last run), and workers not seen for a day."""
    last_runs = select(ScheduledJob.last_run_id).where(ScheduledJob.last_run_id.is_not(None))
    old_runs = delete(JobRun).where(JobRun.finished_at < now - KEPT, JobRun.id.not_in(last_runs))
    forgotten = len(session.execute(old_runs.returning(JobRun.id)).all())
    queue.forget_done(session, before=now - KEPT)
    session.execute(delete(QueueWorker).where(QueueWorker.seen_at < now - WORKERS_KEPT))
    return f"{forgotten} registros antigos removidos."
