"""Changes of the day a contract falls due on."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.invoices.models.invoice import Invoice
from portal.shared.db import Base, id_column
from portal.subscriptions.models import Subscription
from portal.users.models import User


class DueDayChange(Base):
    """Mudança de vencimento: from payment `number` on a subscription falls due on another day. Append-only.

    `invoice_id` is the invoice of the days between, where there are any. Made by somebody of the portal, or
    by the customer itself, who is at the address `changed_for`. A trigger lets the due day of a subscription
    change by such a row only.
    """

    __tablename__ = "due_day_changes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            [Subscription.contract_id, Subscription.partner_id, Subscription.customer_id],
        ),
        ForeignKeyConstraint(
            ["invoice_id", "contract_id", "partner_id", "customer_id"],
            [Invoice.id, Invoice.contract_id, Invoice.partner_id, Invoice.customer_id],
        ),
        UniqueConstraint("contract_id", "number"),
        CheckConstraint(
            "from_day BETWEEN 1 AND 31 AND to_day BETWEEN 1 AND 31 AND from_day <> to_day",
            name="to_another_day",
        ),
        CheckConstraint("number >= 2", name="after_the_first"),
        CheckConstraint("(changed_by_id IS NULL) = (changed_for <> '')", name="by_somebody"),
        Index("ix_due_day_changes_customer_id_changed_at", "customer_id", "changed_at"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    from_day: Mapped[int]
    to_day: Mapped[int]
    number: Mapped[int]
    invoice_id: Mapped[int | None]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    changed_for: Mapped[str]

    changed_by: Mapped[User | None] = relationship(lazy="raise_on_sql", viewonly=True)
