"""Months that were given away."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.shared.db import Base, id_column
from portal.users.models import User


class FreeMonth(Base):
    """Mês grátis: payment `number` of a contract, which is never asked for; who gave it away, and why.

    Its time is released when it begins, by a row of the coverage ledger that bears `payment_key`. One that
    has not begun when another contract takes the place of its own moves there: a row of that contract with
    the same giver and time, `moved_from_id` says of which. Else it is lost with its contract. Append-only;
    triggers let no invoice be of it, no such coverage be without it, and none move that is released.
    """

    __tablename__ = "free_months"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["subscriptions.contract_id", "subscriptions.partner_id", "subscriptions.customer_id"],
        ),
        UniqueConstraint("contract_id", "number"),
        UniqueConstraint("moved_from_id"),
        CheckConstraint("number >= 2", name="after_the_first"),
        CheckConstraint("ends_on >= starts_on AND grace_until >= ends_on", name="of_days"),
        CheckConstraint("reason <> ''", name="says_why"),
        Index("ix_free_months_customer_id_starts_on", "customer_id", "starts_on"),
        Index("ix_free_months_starts_on_ends_on", "starts_on", "ends_on"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    number: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    grace_until: Mapped[date]
    reason: Mapped[str]
    granted_at: Mapped[datetime]
    granted_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    moved_from_id: Mapped[int | None] = mapped_column(ForeignKey("free_months.id"))

    granted_by: Mapped[User] = relationship(lazy="raise_on_sql", viewonly=True)

    @property
    def payment_key(self) -> str:
        """What its coverage bears in the place of a payment."""
        return f"offer:{self.id}"
