"""Tables of the queue."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.shared.db import Base, id_column
from portal.shared.labels import LabeledEnum


class JobOutcome(LabeledEnum):
    """How a run ended."""

    OK = "ok", "Concluída"
    FAILED = "failed", "Falhou"


class JobRun(Base):
    """One finished run of a job, kept for the health page."""

    __tablename__ = "job_runs"
    __table_args__ = (
        CheckConstraint("outcome IN ('ok', 'failed')", name="outcome"),
        Index("ix_job_runs_job_started_at", "job", "started_at"),
    )

    id: Mapped[int] = id_column()
    job: Mapped[str]
    as_of: Mapped[datetime]  # the instant it worked as of; another than started_at when run by hand
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime]
    outcome: Mapped[str]
    message: Mapped[str]
    error_type: Mapped[str] = mapped_column(default="")

    @property
    def outcome_label(self) -> str:
        """The outcome in Portuguese."""
        return JobOutcome(self.outcome).label


class ScheduledJob(Base):
    """When a job is due. One row a job, locked while it runs: so it runs once at a time, and a job
    that missed many times is due once."""

    __tablename__ = "scheduled_jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_run_at: Mapped[datetime]
    failures_in_a_row: Mapped[int] = mapped_column(default=0)
    last_run_id: Mapped[int | None] = mapped_column(ForeignKey("job_runs.id"))

    last_run: Mapped[JobRun | None] = relationship(lazy="raise_on_sql")


class QueueWorker(Base):
    """A process that works the queue, and when it last said so. Each start is a row of its own.

    While it lives its connection holds the advisory lock (`presence.WORKERS`, `id`).
    """

    __tablename__ = "queue_workers"

    id: Mapped[int] = id_column()
    name: Mapped[str]
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]
