"""Until when a customer is paid, and with it released."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.shared.db import Base, id_column
from portal.subscriptions.models.subscription import Subscription


class Coverage(Base):
    """Período pago: one row a payment, "covers from … to …", both days included. Append-only.

    When the payment goes back so does its row (`taken_back_at`, once): it counts no more, and the payment
    that takes its place has a row of its own.

    Access, cancellation and *liberado até* read this ledger and nothing else. A row bears the number of the
    payment in its contract, counted from 1, and no number comes twice; rows follow one another without
    overlap or gap (invariant M16). The service is released until `grace_until`: a day longer where the time
    paid ends on the day before a due date, so that who pays on that date is never without it. What ends a
    suspension after its own period is over pays for the days from then on (`after_suspension`).
    """

    __tablename__ = "coverages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["subscriptions.contract_id", "subscriptions.partner_id", "subscriptions.customer_id"],
        ),
        Index(
            "uq_coverages_contract_id_number",
            "contract_id",
            "number",
            unique=True,
            postgresql_where=text("taken_back_at IS NULL"),
        ),
        CheckConstraint("number >= 1", name="numbered_from_one"),
        CheckConstraint("covers_until >= covers_from", name="covers_forward"),
        CheckConstraint("grace_until >= covers_until", name="grace_after_cover"),
        CheckConstraint("payment_key <> ''", name="paid_for"),
        Index("ix_coverages_customer_id_grace_until", "customer_id", "grace_until"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    number: Mapped[int]
    covers_from: Mapped[date]
    covers_until: Mapped[date]
    grace_until: Mapped[date]
    payment_key: Mapped[str]
    after_suspension: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    taken_back_at: Mapped[datetime | None]

    subscription: Mapped[Subscription] = relationship(lazy="raise_on_sql", viewonly=True)
