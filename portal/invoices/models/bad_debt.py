"""Invoices that were given up as uncollectible."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.invoices.rules.bad_debts import BadDebtEnd
from portal.shared.db import Base, id_column
from portal.users.models import User


class BadDebt(Base):
    """That finance gave up an open invoice, with what was open of it, in centavos; once at a time.

    It ends once: finance collects again, it is paid all the same, or void. Otherwise it never changes. An
    invoice is uncollectible while one of these runs, and only then (triggers on invoices).
    """

    __tablename__ = "bad_debts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        CheckConstraint("open_cents > 0", name="owed"),
        CheckConstraint("reason <> ''", name="says_why"),
        CheckConstraint(
            "(ended_at IS NULL) = (ended_as IS NULL) AND (ended_at IS NULL OR ended_at >= marked_at)",
            name="ends_somehow",
        ),
        CheckConstraint(
            "ended_as IS DISTINCT FROM 'collected_again' OR (end_reason <> '' AND ended_by_id IS NOT NULL)",
            name="collected_again_by_somebody",
        ),
        Index("uq_bad_debts_running", "invoice_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_bad_debts_invoice_id", "invoice_id"),
    )

    id: Mapped[int] = id_column()
    invoice_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    open_cents: Mapped[int]
    reason: Mapped[str]
    marked_at: Mapped[datetime]
    marked_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    ended_as: Mapped[BadDebtEnd | None]
    end_reason: Mapped[str] = mapped_column(default="")
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    marked_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=[marked_by_id], viewonly=True)
