"""Months in which a customer wants no service and pays for none."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column


class SubscriptionPause(Base):
    """Pausa: the contract's payments from `first_number` to before `next_number` are not asked for.

    Without service are the days from `paused_from` to `paused_until`, both included. Whoever comes back
    before lets billing go on with an earlier payment than was planned (`planned_number`), once; otherwise a
    pause is never changed.
    """

    __tablename__ = "subscription_pauses"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["subscriptions.contract_id", "subscriptions.partner_id", "subscriptions.customer_id"],
        ),
        CheckConstraint(
            "first_number >= 2 AND next_number >= first_number AND planned_number > first_number"
            " AND next_number <= planned_number",
            name="of_payments",
        ),
        CheckConstraint("paused_until >= paused_from - 1", name="of_days"),
        CheckConstraint(
            "(resumed_at IS NULL) = (next_number = planned_number)", name="resumed_before_it_was_planned"
        ),
        CheckConstraint("resumed_by_id IS NULL OR resumed_at IS NOT NULL", name="resumed_by_somebody"),
        Index("ix_subscription_pauses_contract_id", "contract_id"),
        Index("ix_subscription_pauses_customer_id_paused_until", "customer_id", "paused_until"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    first_number: Mapped[int]
    planned_number: Mapped[int]
    next_number: Mapped[int]
    paused_from: Mapped[date]
    paused_until: Mapped[date]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    resumed_at: Mapped[datetime | None]
    resumed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    @hybrid_property
    def is_kept(self) -> bool:
        """Whether there is any day of it: who came back before it began has none."""
        return self.paused_until >= self.paused_from

    def has(self, number: int) -> bool:
        """Whether the contract's payment `number` is one of those that are not asked for."""
        return self.first_number <= number < self.next_number
