"""A partner's own list of repasse against a statement, and where the two differ."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.payouts.models.payout import Payout
from portal.payouts.rules import DivergenceDecision, DivergenceKind
from portal.shared.db import Base, id_column
from portal.users.models import User


class PayoutCheck(Base):
    """That a partner compared its own list with a statement. Append-only; its rows are not kept."""

    __tablename__ = "payout_checks"
    __table_args__ = (
        ForeignKeyConstraint(["payout_id", "partner_id"], ["payouts.id", "payouts.partner_id"]),
        CheckConstraint("row_count >= 1", name="has_rows"),
        Index("ix_payout_checks_payout_id", "payout_id"),
    )

    id: Mapped[int] = id_column()
    payout_id: Mapped[int]
    partner_id: Mapped[int]
    file_name: Mapped[str]
    row_count: Mapped[int]
    uploaded_at: Mapped[datetime]
    uploaded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

    uploaded_by: Mapped[User] = relationship(lazy="raise_on_sql")


class Divergence(Base):
    """One invoice whose repasse is another one in the partner's list than in the statement.

    `ours_cents` and `theirs_cents` are the sums by invoice, None where a side does not have it. The same
    figures in a later list are the same row, so that what was decided stays; `last_check_id` is the newest
    list that held them. Figures and a decision are never changed (triggers).
    """

    __tablename__ = "payout_divergences"
    __table_args__ = (
        ForeignKeyConstraint(["payout_id", "partner_id"], ["payouts.id", "payouts.partner_id"]),
        CheckConstraint(
            "CASE kind WHEN 'not_ours' THEN ours_cents IS NULL AND theirs_cents IS NOT NULL"
            " WHEN 'not_theirs' THEN ours_cents IS NOT NULL AND theirs_cents IS NULL"
            " ELSE abs(ours_cents - theirs_cents) > 1 END",
            name="differs",
        ),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (decided_by_id IS NULL)"
            " AND (decision IS NULL OR note <> '')",
            name="decided_with_reason",
        ),
        Index(
            "uq_payout_divergences_figures",
            "payout_id",
            "invoice_number",
            text("COALESCE(ours_cents, -9223372036854775808)"),
            text("COALESCE(theirs_cents, -9223372036854775808)"),
            unique=True,
        ),
        Index("ix_payout_divergences_payout_id_id", "payout_id", "id"),
    )

    id: Mapped[int] = id_column()
    payout_id: Mapped[int]
    partner_id: Mapped[int]
    last_check_id: Mapped[int] = mapped_column(ForeignKey("payout_checks.id"))
    kind: Mapped[DivergenceKind]
    invoice_number: Mapped[int]
    invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    ours_cents: Mapped[int | None]
    theirs_cents: Mapped[int | None]
    decision: Mapped[DivergenceDecision | None]
    note: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    decided_by: Mapped[User | None] = relationship(lazy="raise_on_sql")
    payout: Mapped[Payout] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Payout.id == foreign(Divergence.payout_id), viewonly=True
    )

    @property
    def difference_cents(self) -> int:
        """How much more the partner's list says, in centavos; a side that does not have it counts as zero."""
        return (self.theirs_cents or 0) - (self.ours_cents or 0)
