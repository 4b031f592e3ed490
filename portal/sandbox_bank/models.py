"""How customers of a demonstration pay by themselves, and what the bank of the tests gave back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from portal.sandbox_bank.rules.habits import PayingHabit
from portal.shared.db import Base


class SandboxPayer(Base):
    """The habit of a customer; one without a row pays nothing by itself."""

    __tablename__ = "sandbox_payers"
    __table_args__ = (
        CheckConstraint(
            "(habit = 'late') = (days_late > 0) AND days_late BETWEEN 0 AND 365", name="late_says_how_much"
        ),
    )

    customer_id: Mapped[int] = mapped_column(
        ForeignKey("customers.id"), primary_key=True, autoincrement=False
    )
    habit: Mapped[PayingHabit]
    days_late: Mapped[int] = mapped_column(default=0)


class SandboxPayment(Base):
    """An invoice that was paid by habit: it is done once."""

    __tablename__ = "sandbox_payments"

    invoice_id: Mapped[int] = mapped_column(ForeignKey("invoices.id"), primary_key=True, autoincrement=False)
    acted_at: Mapped[datetime]


class SandboxPixReturn(Base):
    """A Pix that the bank of the tests gave back, by the key it was asked for with."""

    __tablename__ = "sandbox_pix_returns"
    __table_args__ = (CheckConstraint("amount_cents > 0", name="amount_positive"),)

    end_to_end_id: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    amount_cents: Mapped[int]
    asked_at: Mapped[datetime]
