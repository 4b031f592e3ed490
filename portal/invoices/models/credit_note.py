"""Credit notes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.invoices.models.invoice import Invoice
from portal.invoices.rules.credit_notes import credit_note_label
from portal.shared.db import Base, id_column
from portal.users.models import User


class CreditNote(Base):
    """A nota de crédito: what finance takes back of an issued invoice, in centavos, and why. Append-only.

    `number` counts in a series of its own, without gaps. `cancels_invoice`: the invoice was still open and
    nobody has to pay it any more; otherwise the payer has the amount as credit. A trigger
    keeps the notes of an invoice within its amount.
    """

    __tablename__ = "credit_notes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        UniqueConstraint("id", "partner_id"),
        CheckConstraint("number >= 1", name="numbered_from_one"),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("reason <> ''", name="says_why"),
        Index("ix_credit_notes_invoice_id", "invoice_id"),
        Index(
            "uq_credit_notes_canceled_once",
            "invoice_id",
            unique=True,
            postgresql_where=text("cancels_invoice"),
        ),
    )

    id: Mapped[int] = id_column()
    number: Mapped[int] = mapped_column(unique=True)
    invoice_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    amount_cents: Mapped[int]
    cancels_invoice: Mapped[bool]
    reason: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    invoice: Mapped[Invoice] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Invoice.id == foreign(CreditNote.invoice_id), viewonly=True
    )
    issued_by: Mapped[User | None] = relationship(lazy="raise_on_sql", viewonly=True)

    @property
    def label(self) -> str:
        """The number as people read it."""
        return credit_note_label(self.number)
