"""What the worker does after money came in, for tests of what comes of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared.queue import Lane, QueuedJob
from portal.shared.queue.kinds import kinds


def what_follows(session: Session) -> None:
    """Do the jobs on rows of ours, in this transaction and each as of the instant it was enqueued."""
    session.flush()
    waiting = select(QueuedJob).where(QueuedJob.state == "waiting", QueuedJob.lane == Lane.DEFAULT)
    for job in session.scalars(waiting.order_by(QueuedJob.id)).all():
        if kinds()[job.kind].before(session, job.subject_id, now=job.enqueued_at) is not None:
            continue
        job.state, job.finished_at, job.attempts = "done", job.enqueued_at, 1
    session.flush()
