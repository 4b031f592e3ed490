"""Money that came in, whatever way it took and whatever became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.payments.rules.receiving import CreditReason, ParkReason, PaymentOutcome, PaymentSource
from portal.shared.db import Base, id_column
from portal.users.models import User


class Payment(Base):
    """One payment, once: `external_id` is what its source calls it (invariants S1, S2, M5).

    The invoice is the one it was settled or credited for, None while it is parked; customer and partner are
    who owed that, the customer None when the partner itself did. Triggers keep the row, freeze what the
    source said, and refuse another owner than the invoice's payer.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("source", "external_id"),
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        ForeignKeyConstraint(["invoice_id", "partner_id"], ["invoices.id", "invoices.partner_id"]),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("customer_id IS NULL OR partner_id IS NOT NULL", name="customer_with_partner"),
        CheckConstraint("outcome <> 'settled' OR invoice_id IS NOT NULL", name="settles_an_invoice"),
        CheckConstraint("outcome <> 'credited' OR partner_id IS NOT NULL", name="credited_to_somebody"),
        Index("ix_payments_paid_at", "paid_at"),
        Index("ix_payments_outcome_paid_at", "outcome", "paid_at"),
        Index("ix_payments_customer_id", "customer_id"),
        Index("ix_payments_invoice_id", "invoice_id"),
    )

    id: Mapped[int] = id_column()
    source: Mapped[PaymentSource]
    external_id: Mapped[str]
    amount_cents: Mapped[int]
    currency: Mapped[str]
    paid_at: Mapped[datetime]
    received_at: Mapped[datetime]
    payer_name: Mapped[str] = mapped_column(default="")
    payer_document: Mapped[str] = mapped_column(default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    outcome: Mapped[PaymentOutcome]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    invoice_id: Mapped[int | None]

    customer: Mapped[Customer | None] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Customer.id == foreign(Payment.customer_id), viewonly=True
    )
    invoice: Mapped[Invoice | None] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Invoice.id == foreign(Payment.invoice_id), viewonly=True
    )
    parked: Mapped["ParkedPayment | None"] = relationship(lazy="raise_on_sql", viewonly=True)

    @property
    def key(self) -> str:
        """How ledgers and later facts name this payment."""
        return f"{self.source.value}:{self.external_id}"


class ParkedPayment(Base):
    """A payment that waits, or waited, for finance. `meant_invoice_id` is the invoice it named, if any."""

    __tablename__ = "parked_payments"
    __table_args__ = (
        CheckConstraint(
            "(resolution IS NULL) = (resolved_at IS NULL)"
            " AND (resolution IS NULL) = (resolved_by_id IS NULL)",
            name="resolved_by_somebody",
        ),
        CheckConstraint("resolution IS NULL OR resolution_note <> ''", name="resolved_with_reason"),
        CheckConstraint("resolution IS NULL OR resolution <> 'parked'", name="resolved_somehow"),
        Index("ix_parked_payments_resolved_at_parked_at", "resolved_at", "parked_at"),
    )

    id: Mapped[int] = id_column()
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), unique=True)
    reason: Mapped[ParkReason]
    meant_invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    parked_at: Mapped[datetime]
    resolution: Mapped[PaymentOutcome | None]
    resolution_note: Mapped[str] = mapped_column(default="")
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql")
    meant_invoice: Mapped[Invoice | None] = relationship(lazy="raise_on_sql")
    resolved_by: Mapped[User | None] = relationship(lazy="raise_on_sql")


class CustomerCredit(Base):
    """Money of a payer that no invoice asks for: a payment's, or what was paid of an invoice since voided.

    It belongs to who owed the invoice: the customer or, without one, the partner (a trigger compares them).
    Append-only; one at most for each cause.
    """

    __tablename__ = "customer_credits"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        ForeignKeyConstraint(["invoice_id", "partner_id"], ["invoices.id", "invoices.partner_id"]),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("(payment_id IS NULL) <> (invoice_id IS NULL)", name="one_cause"),
        Index("ix_customer_credits_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), unique=True)
    invoice_id: Mapped[int | None] = mapped_column(unique=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    amount_cents: Mapped[int]
    reason: Mapped[CreditReason]
    created_at: Mapped[datetime]

    payment: Mapped[Payment | None] = relationship(lazy="raise_on_sql")
