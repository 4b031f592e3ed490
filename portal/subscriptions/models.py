"""Tables of the subscriptions room."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from portal.shared.db import Base, id_column


class Coverage(Base):
    """Período pago: one row a payment, "covers from … to …", both days included. Append-only.

    Access, cancellation and *liberado até* read this ledger and nothing else. Rows of a contract are numbered
    from 1, and no number comes twice.
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
        CheckConstraint("payment_key <> ''", name="paid_for"),
        Index("ix_coverages_customer_id_covers_until", "customer_id", "covers_until"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    number: Mapped[int]
    covers_from: Mapped[date]
    covers_until: Mapped[date]
    payment_key: Mapped[str]
    created_at: Mapped[datetime]
