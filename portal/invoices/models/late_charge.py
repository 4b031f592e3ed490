"""What was added to invoices because they were paid late."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.invoices.models.invoice import Invoice
from portal.shared.db import Base, id_column
from portal.users.models import User


class LateCharge(Base):
    """Late fee and interest of one payment that came late, on `base_cents` of the invoice's face value.

    What came about is never changed (triggers); the other amounts only grow, and together never beyond it.
    Finance waives with a reason; a few centavos are let go by the system, without a person. What is left when
    the next invoice of the contract is made is `carried_cents` of that one, `carried_to_id`. Of what was paid
    `returned_cents` went back, and `dropped_cents` are owed no more because the payment that came late did:
    the next one is charged for its own days.
    """

    __tablename__ = "late_charges"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            [Invoice.id, Invoice.partner_id, Invoice.customer_id],
        ),
        UniqueConstraint("invoice_id", "payment_key"),
        CheckConstraint(
            "base_cents > 0 AND days_late > 0 AND late_fee_cents >= 0 AND late_interest_cents >= 0",
            name="amounts_sane",
        ),
        CheckConstraint(
            "paid_cents >= 0 AND waived_cents >= 0 AND carried_cents >= 0 AND dropped_cents >= 0"
            " AND returned_cents BETWEEN 0 AND paid_cents"
            " AND paid_cents - returned_cents + waived_cents + carried_cents + dropped_cents"
            " <= late_fee_cents + late_interest_cents",
            name="not_settled_beyond",
        ),
        CheckConstraint(
            "(carried_cents > 0) = (carried_to_id IS NOT NULL) AND carried_to_id <> invoice_id",
            name="carried_somewhere",
        ),
        ForeignKeyConstraint(
            ["carried_to_id", "partner_id", "customer_id"],
            [Invoice.id, Invoice.partner_id, Invoice.customer_id],
        ),
        CheckConstraint("(waived_cents > 0) = (waive_reason <> '')", name="waived_with_reason"),
        Index(
            "ix_late_charges_open",
            "invoice_id",
            postgresql_where=text(
                "paid_cents - returned_cents + waived_cents + carried_cents + dropped_cents"
                " < late_fee_cents + late_interest_cents"
            ),
        ),
        Index(
            "ix_late_charges_carried_to_id",
            "carried_to_id",
            postgresql_where=text("carried_to_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = id_column()
    invoice_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    payment_key: Mapped[str]
    base_cents: Mapped[int]
    days_late: Mapped[int]
    late_fee_cents: Mapped[int]
    late_interest_cents: Mapped[int]
    assessed_at: Mapped[datetime]
    paid_cents: Mapped[int] = mapped_column(default=0)
    waived_cents: Mapped[int] = mapped_column(default=0)
    waive_reason: Mapped[str] = mapped_column(default="")
    carried_cents: Mapped[int] = mapped_column(default=0)
    carried_to_id: Mapped[int | None]
    waived_by_id: Mapped[int | None] = mapped_column(ForeignKey(User.id))
    returned_cents: Mapped[int] = mapped_column(default=0)
    dropped_cents: Mapped[int] = mapped_column(default=0)

    @property
    def total_cents(self) -> int:
        """Fee and interest together."""
        return self.late_fee_cents + self.late_interest_cents

    @property
    def open_cents(self) -> int:
        """What is neither paid nor waived, nor asked for by a later invoice, nor owed no more."""
        kept = self.paid_cents - self.returned_cents
        return self.total_cents - kept - self.waived_cents - self.carried_cents - self.dropped_cents
