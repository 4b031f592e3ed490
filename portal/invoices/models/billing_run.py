"""Runs of the billing, the chunks they are done in, and numbers that no invoice bears."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.shared.db import Base, id_column


class BillingRun(Base):
    """Faturamento of a day: whatever falls due until `due_until`. One a day; run again, it does the rest."""

    __tablename__ = "billing_runs"
    __table_args__ = (
        UniqueConstraint("day"),
        CheckConstraint("due_until >= day", name="looks_ahead"),
    )

    id: Mapped[int] = id_column()
    day: Mapped[date]
    due_until: Mapped[date]
    started_at: Mapped[datetime]


class BillingChunk(Base):
    """Part of a run that is done at once or not at all: what is due of the subscriptions in a range of ids.

    Its `count` invoice numbers, from `first_number`, are its own: a chunk that was killed uses them when it
    is done again. `invoiced` of them bear invoices, worth `invoiced_cents`; each other one is a
    `VoidedNumber`. Invoices are born open while their chunk is not done; a trigger closes it only when they
    add up (M11, M12).
    """

    __tablename__ = "billing_chunks"
    __table_args__ = (
        UniqueConstraint("first_number"),
        CheckConstraint("last_id >= first_id", name="ids_forward"),
        CheckConstraint("first_number >= 1 AND count >= 1", name="has_numbers"),
        CheckConstraint(
            "num_nonnulls(done_at, invoiced, invoiced_cents, parked) IN (0, 4)"
            " AND (invoiced IS NULL OR invoiced BETWEEN 0 AND count)",
            name="done_says_what",
        ),
        Index("ix_billing_chunks_run_id", "run_id"),
    )

    id: Mapped[int] = id_column()
    run_id: Mapped[int] = mapped_column(ForeignKey("billing_runs.id"))
    first_id: Mapped[int]
    last_id: Mapped[int]
    first_number: Mapped[int]
    count: Mapped[int]
    planned_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    invoiced: Mapped[int | None]
    invoiced_cents: Mapped[int | None]
    parked: Mapped[int | None]

    run: Mapped[BillingRun] = relationship(lazy="raise_on_sql", viewonly=True)


class VoidedNumber(Base):
    """An invoice number that was set aside and not needed, with the reason (invariant M12)."""

    __tablename__ = "voided_numbers"
    __table_args__ = (
        CheckConstraint("reason <> ''", name="says_why"),
        Index("ix_voided_numbers_chunk_id", "chunk_id"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chunk_id: Mapped[int] = mapped_column(ForeignKey("billing_chunks.id"))
    reason: Mapped[str]
