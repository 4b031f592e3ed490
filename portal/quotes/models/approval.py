"""A request to the account manager, and what became of it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.quotes.rules.states import ApprovalState
from portal.shared.db import Base, id_column
from portal.users.models import User


class Approval(Base):
    """One question, one answer. Nobody answers their own (M8); one open question a quote."""

    __tablename__ = "approvals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["version_id", "quote_id", "partner_id"],
            ["quote_versions.id", "quote_versions.quote_id", "quote_versions.partner_id"],
        ),
        ForeignKeyConstraint(
            ["quote_id", "partner_id", "owner_id"],
            ["quotes.id", "quotes.partner_id", "quotes.owner_id"],
            onupdate="CASCADE",
        ),
        UniqueConstraint("id", "quote_id"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> requested_by_id", name="not_by_requester"),
        CheckConstraint("decided_by_id IS NULL OR decided_by_id <> owner_id", name="not_by_owner"),
        CheckConstraint(
            "state NOT IN ('approved', 'rejected', 'countered') OR"
            " (decided_by_id IS NOT NULL AND decided_at IS NOT NULL)",
            name="decision_has_author",
        ),
        CheckConstraint("state <> 'rejected' OR reason <> ''", name="refusal_has_reason"),
        CheckConstraint("(state = 'countered') = (counter_cents IS NOT NULL)", name="counter_has_price"),
        Index(
            "uq_approvals_pending",
            "quote_id",
            unique=True,
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_approvals_pending_requested_at",
            "requested_at",
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_approvals_partner_id_requested_at", "partner_id", "requested_at"),
        Index("ix_approvals_decided_by_id_decided_at", "decided_by_id", "decided_at"),
        Index("ix_approvals_quote_id", "quote_id"),
        Index("ix_approvals_version_id", "version_id"),
    )

    id: Mapped[int] = id_column()
    version_id: Mapped[int]
    quote_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    argument: Mapped[str] = mapped_column(default="")
    state: Mapped[ApprovalState]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    counter_cents: Mapped[int | None]
    counter_setup_cents: Mapped[int | None]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]

    requested_by: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=requested_by_id)
    decided_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=decided_by_id)
