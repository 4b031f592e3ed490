"""Money of a payment that is given back, by the way it came."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.documents.models import StoredFile
from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.rules.receiving import PaymentSource
from portal.receipts.rules.refunds import RefundOrigin, RefundState
from portal.shared.db import Base, enum_column, id_column
from portal.users.models import User


class Refund(Base):
    """That money of a payment goes back, asked for by finance or made at its source.

    `key` is stored before anybody is asked (S5) and is what the processor or the bank knows it by;
    `reference` is theirs. Those under way, with all that went back, are never more than came in (a trigger).
    Done means certain: `return_id` is what it took back of the books then, None where nothing was left.
    One that failed after all ends as refused, its money come in again as `came_again_id`. By hand: a person
    transfers it to the account that stands here, and keeps the proof.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        ForeignKeyConstraint(["invoice_id", "partner_id"], ["invoices.id", "invoices.partner_id"]),
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        UniqueConstraint("key"),
        UniqueConstraint("return_id"),
        UniqueConstraint("came_again_id"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("reason <> '' AND key <> ''", name="says_why"),
        CheckConstraint(
            "(state IN ('done', 'refused')) = (settled_at IS NOT NULL)", name="settled_at_an_instant"
        ),
        CheckConstraint("(state = 'refused') = (refusal <> '')", name="refused_with_reason"),
        CheckConstraint("(origin = 'finance') = (asked_by_id IS NOT NULL)", name="asked_by_somebody"),
        CheckConstraint(
            "return_id IS NULL OR state = 'done' OR came_again_id IS NOT NULL", name="taken_back"
        ),
        CheckConstraint(
            "NOT by_hand OR (holder_name <> '' AND holder_document <> '' AND bank <> '' AND branch <> ''"
            " AND account <> '')",
            name="says_where_to",
        ),
        CheckConstraint(
            "NOT by_hand OR state <> 'done' OR (proof_id IS NOT NULL AND paid_on IS NOT NULL"
            " AND settled_by_id IS NOT NULL AND reference <> '')",
            name="paid_with_proof",
        ),
        CheckConstraint(
            "NOT needs_two OR state <> 'done' OR settled_by_id <> asked_by_id", name="two_different_people"
        ),
        Index(
            "uq_refunds_way_reference",
            "way",
            "reference",
            unique=True,
            postgresql_where=text("reference <> ''"),
        ),
        Index("ix_refunds_payment_id", "payment_id"),
        Index("ix_refunds_invoice_id", "invoice_id"),
        Index("ix_refunds_asked_at", "asked_at"),
        Index("ix_refunds_live", "state", "checked_at", postgresql_where=text("state IN ('asked', 'sent')")),
    )

    id: Mapped[int] = id_column()
    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id"))
    invoice_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    way: Mapped[PaymentSource] = mapped_column(enum_column(PaymentSource, "way"))
    origin: Mapped[RefundOrigin]
    key: Mapped[str]
    amount_cents: Mapped[int]
    reason: Mapped[str]
    state: Mapped[RefundState]
    asked_at: Mapped[datetime]
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reference: Mapped[str] = mapped_column(default="")
    refusal: Mapped[str] = mapped_column(default="")
    return_id: Mapped[int | None] = mapped_column(ForeignKey("payment_returns.id"))
    came_again_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"))
    by_hand: Mapped[bool] = mapped_column(default=False)
    needs_two: Mapped[bool] = mapped_column(default=False)
    holder_name: Mapped[str] = mapped_column(default="")
    holder_document: Mapped[str] = mapped_column(default="")
    bank: Mapped[str] = mapped_column(default="")
    branch: Mapped[str] = mapped_column(default="")
    account: Mapped[str] = mapped_column(default="")
    paid_on: Mapped[date | None]
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))

    payment: Mapped[Payment] = relationship(lazy="raise_on_sql", foreign_keys=[payment_id])
    invoice: Mapped[Invoice] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Invoice.id == foreign(Refund.invoice_id), viewonly=True
    )
    taken_back: Mapped[PaymentReturn | None] = relationship(lazy="raise_on_sql")
    proof: Mapped[StoredFile | None] = relationship(lazy="raise_on_sql")
    asked_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[asked_by_id])
    settled_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[settled_by_id])
