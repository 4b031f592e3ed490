"""How jobs and mail are doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from portal.dashboard.queries.outbox import OutboxFigures, outbox_figures
from portal.shared.queue import QueuedJob, list_stuck
from portal.shared.schedule import JobHealth, is_worked, job_health


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Everything an administrator looks at first. `is_worked`: at least one process works the queue."""

    jobs: list[JobHealth]
    is_worked: bool
    outbox: OutboxFigures
    stuck: Sequence[tuple[QueuedJob, str]]

    @property
    def failing(self) -> list[JobHealth]:
        """The jobs whose last run failed or that are late."""
        return [job for job in self.jobs if job.failures_in_a_row or job.is_late]


def health_of_operations(session: Session, *, now: datetime) -> Health:
    """Five statements."""
    return Health(
        jobs=job_health(session, now),
        is_worked=is_worked(session, now),
        outbox=outbox_figures(session, now=now),
        stuck=list_stuck(session, now),
    )
