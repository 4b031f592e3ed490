"""Tables of the subscriptions room."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from portal.shared.db import Base, id_column


class Coverage(Base):
    """Período pago: one row a payment, "covers from … to …", both days included. Append-only.

    Access, cancellation and *liberado até* read this ledger and nothing else. A row bears the number of the
    payment in its contract, counted from 1, and no number comes twice; rows follow one another without
    overlap or gap (invariant M16). The service is released until `grace_until`: a day longer where the time
    paid ends on the day before a due date, so that who pays on that date is never without it.
    """

    __tablename__ = "coverages"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            ["contracts.id", "contracts.partner_id", "contracts.customer_id"],
        ),
        UniqueConstraint("contract_id", "number"),
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
    created_at: Mapped[datetime]
