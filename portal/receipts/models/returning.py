"""Money that went back of a payment."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.invoices.models import Invoice
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.payment import CustomerCredit, Payment
from portal.receipts.rules.returning import ReturnCause
from portal.shared.db import Base, id_column
from portal.users.models import User


class PaymentReturn(Base):
    """What went back of a payment for one cause, and what of the payment it was. Append-only.

    `cause_key` is what its source calls the cause. A trigger lets all that goes back of a payment be no more
    than came in, so that a refund and a dispute of one charge count once (M19). `short_cents` are the few
    centavos once let go that are owed again with the face value, beside the amount. `parked_cents`: of money
    nobody had placed, which has no invoice, partner or customer yet.
    """

    __tablename__ = "payment_returns"
    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "partner_id"], ["invoices.id", "invoices.partner_id"]),
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        UniqueConstraint("payment_id", "cause_key"),
        CheckConstraint(
            "amount_cents > 0 AND credit_cents >= 0 AND surplus_cents >= 0"
            " AND charges_cents >= 0 AND face_cents >= 0 AND short_cents >= 0 AND parked_cents >= 0"
            " AND amount_cents = credit_cents + surplus_cents + charges_cents + face_cents + parked_cents",
            name="adds_up",
        ),
        CheckConstraint(
            "parked_cents IN (0, amount_cents) AND (parked_cents > 0) = (partner_id IS NULL)"
            " AND (partner_id IS NOT NULL OR (invoice_id IS NULL AND customer_id IS NULL))",
            name="parked_is_nobodys",
        ),
        CheckConstraint("reason <> '' AND cause_key <> ''", name="says_why"),
        Index("ix_payment_returns_invoice_id", "invoice_id"),
        Index("ix_payment_returns_returned_at", "returned_at"),
    )

    id: Mapped[int] = id_column()
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    invoice_id: Mapped[int | None]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    cause: Mapped[ReturnCause]
    cause_key: Mapped[str]
    amount_cents: Mapped[int]
    credit_cents: Mapped[int]
    surplus_cents: Mapped[int]
    charges_cents: Mapped[int]
    face_cents: Mapped[int]
    short_cents: Mapped[int]
    parked_cents: Mapped[int]
    reason: Mapped[str]
    returned_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql")
    invoice: Mapped[Invoice | None] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Invoice.id == foreign(PaymentReturn.invoice_id),
        viewonly=True,
    )
    recorded_by: Mapped[User | None] = relationship(lazy="raise_on_sql")


class CreditReturn(Base):
    """Credit that went back with a payment: what nobody used or, with a use, what it paid. Append-only.

    A trigger keeps both within the credit and its use, and all of a return within its credit.
    """

    __tablename__ = "credit_returns"
    __table_args__ = (
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        Index("ix_credit_returns_return_id", "return_id"),
        Index("ix_credit_returns_credit_id", "credit_id"),
        Index("ix_credit_returns_credit_use_id", "credit_use_id"),
    )

    id: Mapped[int] = id_column()
    return_id: Mapped[int] = mapped_column(ForeignKey(PaymentReturn.id))
    credit_id: Mapped[int] = mapped_column(ForeignKey(CustomerCredit.id))
    credit_use_id: Mapped[int | None] = mapped_column(ForeignKey(CreditUse.id))
    amount_cents: Mapped[int]
