"""Tables of the tasks room."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.shared.auth import Role
from portal.shared.db import Base, id_column
from portal.tasks.rules import TaskKind, TaskResult
from portal.users.models import User


class Task(Base):
    """Work that waits for a person of a team. Not closed without a result; a closed one is never changed.

    `key` names its cause, so that nobody is asked twice. `subject_type` and `subject_id` are the row it is
    about, `partner_id` and `customer_id` whose that is.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        CheckConstraint("title <> ''", name="has_title"),
        CheckConstraint("(subject_type = '') = (subject_id IS NULL)", name="about_something"),
        CheckConstraint("customer_id IS NULL OR partner_id IS NOT NULL", name="customer_with_partner"),
        CheckConstraint("team IN ('finance', 'support', 'admin')", name="of_the_vendor"),
        CheckConstraint(
            "(closed_at IS NULL) = (result IS NULL) AND (closed_at IS NULL) = (result_note = '')",
            name="closed_with_result",
        ),
        Index("ix_tasks_open_due_at", "due_at", postgresql_where=text("closed_at IS NULL")),
        Index("ix_tasks_closed_at", "closed_at"),
        Index("ix_tasks_subject_type_subject_id", "subject_type", "subject_id"),
        Index("ix_tasks_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[TaskKind]
    team: Mapped[Role]
    title: Mapped[str]
    detail: Mapped[str] = mapped_column(default="")
    subject_type: Mapped[str] = mapped_column(default="")
    subject_id: Mapped[int | None]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    due_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    opened_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    result: Mapped[TaskResult | None]
    result_note: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    owner: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[owner_id])
    opened_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[opened_by_id])
    closed_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[closed_by_id])
    partner: Mapped[Partner | None] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer | None] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Customer.id == foreign(Task.customer_id), viewonly=True
    )


class TaskMention(Base):
    """What came, each time, of what a task is about: `said` once. A trigger keeps it as it was."""

    __tablename__ = "task_mentions"
    __table_args__ = (
        UniqueConstraint("task_id", "said"),
        CheckConstraint("said <> ''", name="says_something"),
    )

    id: Mapped[int] = id_column()
    task_id: Mapped[int] = mapped_column(ForeignKey(Task.id))
    said: Mapped[str]
    said_at: Mapped[datetime]
