"""TEDs that wait for finance."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.documents.models import StoredFile
from portal.invoices.models import Invoice
from portal.receipts.models.payment import Payment
from portal.receipts.rules.ted import TedState
from portal.shared.db import Base, id_column
from portal.users.models import User

PENDING = "state IN ('waiting', 'confirmed_once')"


class TedTransfer(Base):
    """A TED for an invoice: announced by the customer's proof, by the bank's notice, or by both.

    `amount_cents` and `credited_on` are what finance read in the bank's statement. `bank_reference` is the
    bank's name for the credit; a notice and a confirmation of the same TED are one payment (S2). Amounts from
    a set limit on need two people (`needs_two`), and the second is another one than the first. Neither is who
    sent the proof (`announced_by_id`, when signed in) or refused a TED of this invoice before.
    """

    __tablename__ = "ted_transfers"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        UniqueConstraint("bank_reference"),
        CheckConstraint(
            "second_confirmed_by_id IS NULL OR second_confirmed_by_id <> confirmed_by_id",
            name="two_different_people",
        ),
        CheckConstraint(
            "announced_by_id IS NULL OR (announced_by_id <> COALESCE(confirmed_by_id, 0)"
            " AND announced_by_id <> COALESCE(second_confirmed_by_id, 0))",
            name="not_confirmed_by_its_sender",
        ),
        CheckConstraint(
            "state NOT IN ('confirmed_once', 'confirmed') OR (confirmed_by_id IS NOT NULL"
            " AND amount_cents IS NOT NULL AND credited_on IS NOT NULL)",
            name="confirmed_by_somebody",
        ),
        CheckConstraint(
            "state <> 'confirmed' OR NOT needs_two OR second_confirmed_by_id IS NOT NULL", name="four_eyes"
        ),
        CheckConstraint("(state = 'confirmed') = (payment_id IS NOT NULL)", name="confirmed_is_paid"),
        CheckConstraint("(state = 'refused') = (refusal <> '')", name="refused_with_reason"),
        CheckConstraint("amount_cents IS NULL OR amount_cents > 0", name="amount_positive"),
        Index(
            "uq_ted_transfers_pending",
            "invoice_id",
            unique=True,
            postgresql_where=text(PENDING),
        ),
        Index("ix_ted_transfers_invoice_id", "invoice_id"),
        Index("ix_ted_transfers_state_announced_at", "state", "announced_at"),
    )

    id: Mapped[int] = id_column()
    invoice_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    state: Mapped[TedState]
    announced_at: Mapped[datetime]
    announced_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    proof_id: Mapped[int | None] = mapped_column(ForeignKey("stored_files.id"))
    bank_reference: Mapped[str | None]
    payer_name: Mapped[str] = mapped_column(default="")
    payer_document: Mapped[str] = mapped_column(default="")
    amount_cents: Mapped[int | None]
    credited_on: Mapped[date | None]
    needs_two: Mapped[bool] = mapped_column(default=False)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    second_confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    second_confirmed_at: Mapped[datetime | None]
    refused_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    refused_at: Mapped[datetime | None]
    refusal: Mapped[str] = mapped_column(default="")
    payment_id: Mapped[int | None] = mapped_column(ForeignKey("payments.id"), unique=True)
    lock_version: Mapped[int] = mapped_column(default=1)

    invoice: Mapped[Invoice] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Invoice.id == foreign(TedTransfer.invoice_id), viewonly=True
    )
    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Customer.id == foreign(TedTransfer.customer_id),
        viewonly=True,
    )
    proof: Mapped[StoredFile | None] = relationship(lazy="raise_on_sql")
    payment: Mapped[Payment | None] = relationship(lazy="raise_on_sql")
    confirmed_by: Mapped[User | None] = relationship(lazy="raise_on_sql", foreign_keys=[confirmed_by_id])
    second_confirmed_by: Mapped[User | None] = relationship(
        lazy="raise_on_sql", foreign_keys=[second_confirmed_by_id]
    )

    @property
    def known_from(self) -> str:
        """How we know of it, as finance reads it."""
        if self.proof_id and self.bank_reference:
            return "Comprovante e banco"
        return "Comprovante" if self.proof_id else "Banco"

    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it so
