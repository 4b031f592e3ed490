"""The table of the queue."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column


class QueuedJob(Base):
    """One job of the queue. Enqueued again while it runs (`run_count`), it runs once more.

    While it runs it is leased: `worker_id` names the living worker that holds it (`schedule/presence.py`),
    and `leased_until` is the net for a machine that vanished without a word.
    """

    __tablename__ = "queued_jobs"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id"),
        CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),
        Index(
            "ix_queued_jobs_waiting",
            "lane",
            "next_attempt_at",
            "id",
            postgresql_where="state = 'waiting'",
        ),
        Index("ix_queued_jobs_worker_id", "worker_id", postgresql_where="worker_id IS NOT NULL"),
    )

    id: Mapped[int] = id_column()
    kind: Mapped[str]
    lane: Mapped[str]
    subject_id: Mapped[int]
    state: Mapped[str] = mapped_column(default="waiting")
    run_count: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    lease: Mapped[str | None]
    worker_id: Mapped[int | None]
    leased_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    enqueued_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
