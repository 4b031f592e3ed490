"""Money that came in, whatever way it took and whatever became of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    cast,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.receipts.rules.receiving import CreditReason, ParkReason, PaymentOutcome, PaymentSource
from portal.shared.db import Base, enum_column, id_column
from portal.users.models import User


class Payment(Base):
    """One payment, once: `external_id` is what its source calls it (invariants S1, S2, M5).

    `amount_cents` is what was paid; the bank kept `fee_cents` of it and credited the rest (M18).
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
        CheckConstraint(
            "fee_cents >= 0 AND credited_cents >= 0 AND amount_cents = fee_cents + credited_cents",
            name="gross_is_fee_and_credited",
        ),
        CheckConstraint("customer_id IS NULL OR partner_id IS NOT NULL", name="customer_with_partner"),
        CheckConstraint("outcome <> 'settled' OR invoice_id IS NOT NULL", name="settles_an_invoice"),
        CheckConstraint("outcome <> 'credited' OR partner_id IS NOT NULL", name="credited_to_somebody"),
        Index("ix_payments_paid_at_id", "paid_at", "id"),
        Index("ix_payments_outcome_paid_at", "outcome", "paid_at"),
        Index("ix_payments_customer_id", "customer_id"),
        Index("ix_payments_invoice_id", "invoice_id"),
    )

    id: Mapped[int] = id_column()
    source: Mapped[PaymentSource]
    external_id: Mapped[str]
    amount_cents: Mapped[int]
    fee_cents: Mapped[int] = mapped_column(default=0)
    credited_cents: Mapped[int]
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

    @hybrid_property
    def key(self) -> str:
        """How ledgers and later facts name this payment."""
        return f"{self.source.value}:{self.external_id}"

    @key.inplace.expression
    @classmethod
    def _key_in_sql(cls) -> ColumnElement[str]:
        return cast(cls.source, String) + ":" + cls.external_id

    @property
    def origin_id(self) -> str:
        """What its source calls the money, also of what came in again after it went back."""
        return str(self.facts.get("origin_id") or self.external_id)


class ParkedPayment(Base):
    """A payment that waits, or waited, for finance. `meant_invoice_id` is the invoice it named, if any.

    From a set amount on a decision is a proposal first, which another person carries out (`needs_two`); a
    credit is proposed by an invoice of its customer. One whose money the payer's bank took back ends without
    anybody, by that return (`return_id`).
    """

    __tablename__ = "parked_payments"
    __table_args__ = (
        CheckConstraint(
            "(resolution IS NULL) = (resolved_at IS NULL)"
            " AND num_nonnulls(resolved_by_id, return_id) = (resolution IS NOT NULL)::int"
            " AND (return_id IS NULL OR resolution = 'returned')",
            name="resolved_by_somebody",
        ),
        CheckConstraint("resolution IS NULL OR resolution_note <> ''", name="resolved_with_reason"),
        CheckConstraint("resolution IS NULL OR resolution <> 'parked'", name="resolved_somehow"),
        CheckConstraint("(proposal IS NULL) = (proposed_by_id IS NULL)", name="proposed_by_somebody"),
        CheckConstraint("proposal IS NULL OR resolved_by_id <> proposed_by_id", name="two_different_people"),
        CheckConstraint("NOT needs_two OR proposal IS NOT NULL", name="four_eyes"),
        Index("ix_parked_payments_resolved_at_parked_at", "resolved_at", "parked_at"),
    )

    id: Mapped[int] = id_column()
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"), unique=True)
    reason: Mapped[ParkReason]
    meant_invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    parked_at: Mapped[datetime]
    needs_two: Mapped[bool] = mapped_column(default=False)
    proposal: Mapped[PaymentOutcome | None] = mapped_column(enum_column(PaymentOutcome, "proposal"))
    proposed_invoice_id: Mapped[int | None] = mapped_column(ForeignKey("invoices.id"))
    proposal_note: Mapped[str] = mapped_column(default="")
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime | None]
    resolution: Mapped[PaymentOutcome | None]
    resolution_note: Mapped[str] = mapped_column(default="")
    resolved_at: Mapped[datetime | None]
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    return_id: Mapped[int | None] = mapped_column(ForeignKey("payment_returns.id"))

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql")
    meant_invoice: Mapped[Invoice | None] = relationship(lazy="raise_on_sql", foreign_keys=[meant_invoice_id])
    proposed_invoice: Mapped[Invoice | None] = relationship(
        lazy="raise_on_sql", foreign_keys=[proposed_invoice_id]
    )
    proposed_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[proposed_by_id])
    resolved_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[resolved_by_id])


class CustomerCredit(Base):
    """Money of a payer that no invoice asks for: a payment's, what was paid of an invoice since voided, what
    a credit note gives back, or a discount, which what it is for names (deferred triggers see to it).

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
        ForeignKeyConstraint(
            ["credit_note_id", "partner_id"], ["credit_notes.id", "credit_notes.partner_id"]
        ),
        CheckConstraint(
            "num_nonnulls(payment_id, invoice_id, credit_note_id)"
            " = (reason NOT IN ('referral', 'retention'))::int",
            name="one_cause",
        ),
        Index("ix_customer_credits_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), unique=True)
    invoice_id: Mapped[int | None] = mapped_column(unique=True)
    credit_note_id: Mapped[int | None] = mapped_column(unique=True)
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    amount_cents: Mapped[int]
    reason: Mapped[CreditReason]
    created_at: Mapped[datetime]

    payment: Mapped[Payment | None] = relationship(lazy="raise_on_sql")
