"""Money of a payment that who paid asks the bank to give back."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.receipts.models.payment import Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.rules.disputes import DisputeState
from portal.receipts.rules.receiving import PaymentSource
from portal.shared.db import Base, enum_column, id_column


class PaymentDispute(Base):
    """A dispute, once (`external_id` is its source's name for it); a payment may have several.

    While it is open its amount cannot be given back (a trigger on refunds), unless it is refundable, and of a
    parked payment nothing is decided (a trigger on payments). When the money is withdrawn it is taken back as
    `return_id`, cut to what is left of the payment; when it is given again it comes in as `came_again_id`. It
    goes forward only (a trigger). Invoice, partner and customer are its payment's: none while it is parked.
    """

    __tablename__ = "payment_disputes"
    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "partner_id"], ["invoices.id", "invoices.partner_id"]),
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        UniqueConstraint("source", "external_id"),
        UniqueConstraint("return_id"),
        UniqueConstraint("came_again_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("external_id <> ''", name="named"),
        CheckConstraint(
            "partner_id IS NOT NULL OR (invoice_id IS NULL AND customer_id IS NULL)", name="parked_is_nobodys"
        ),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_at_an_instant"),
        CheckConstraint(
            "(reinstated_at IS NULL OR withdrawn_at IS NOT NULL)"
            " AND (return_id IS NULL OR withdrawn_at IS NOT NULL)"
            " AND (came_again_id IS NULL OR (return_id IS NOT NULL AND reinstated_at IS NOT NULL))",
            name="withdrawn_first",
        ),
        Index("ix_payment_disputes_payment_id", "payment_id"),
        Index("ix_payment_disputes_invoice_id", "invoice_id"),
    )

    id: Mapped[int] = id_column()
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    invoice_id: Mapped[int | None]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    source: Mapped[PaymentSource] = mapped_column(enum_column(PaymentSource, "source"))
    external_id: Mapped[str]
    amount_cents: Mapped[int]
    reason: Mapped[str]
    state: Mapped[DisputeState]
    is_refundable: Mapped[bool]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    told_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    reinstated_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    return_id: Mapped[int | None] = mapped_column(ForeignKey("payment_returns.id"))
    came_again_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql", foreign_keys=[payment_id])
    taken_back: Mapped[PaymentReturn | None] = relationship(lazy="raise_on_sql")
