"""Where credit of payers went."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.invoices.models import Invoice
from portal.receipts.models.payment import CustomerCredit
from portal.shared.db import Base, id_column


class CreditUse(Base):
    """A part of a credit that paid an invoice of the same payer. Append-only.

    A trigger compares the payers and keeps the uses of a credit within it.
    """

    __tablename__ = "credit_uses"
    __table_args__ = (
        UniqueConstraint("credit_id", "invoice_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        Index("ix_credit_uses_invoice_id", "invoice_id"),
    )

    id: Mapped[int] = id_column()
    credit_id: Mapped[int] = mapped_column(ForeignKey(CustomerCredit.id))
    invoice_id: Mapped[int] = mapped_column(ForeignKey(Invoice.id))
    amount_cents: Mapped[int]
    used_at: Mapped[datetime]

    @property
    def key(self) -> str:
        """Under which the ledger books it, as it does a payment's."""
        return f"credit:{self.id}"
