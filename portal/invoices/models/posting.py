"""The ledger."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.invoices.rules.ledger import Account, PostingKind
from portal.shared.db import Base, enum_column, id_column


class Posting(Base):
    """One amount from one account to another: each row adds up to zero by its shape (M3). Append-only.

    `key` names the cause, so that nothing is booked twice. Which accounts there are and what is booked when
    stands in `portal/invoices/rules/ledger.py`. `customer_id` is empty for money nobody was found
    for and, with a partner, for what is that partner's own credit or repasse.
    """

    __tablename__ = "postings"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.partner_id", "invoices.customer_id"],
        ),
        CheckConstraint("amount_cents > 0", name="amount_positive"),
        CheckConstraint("debit_account <> credit_account", name="two_accounts"),
        CheckConstraint("customer_id IS NULL OR partner_id IS NOT NULL", name="customer_with_partner"),
        CheckConstraint(
            "customer_id IS NOT NULL OR partner_id IS NULL"
            " OR 'partner_credit' IN (debit_account, credit_account)"
            " OR 'repasse_paid' IN (debit_account, credit_account)",
            name="partner_alone_has_credit",
        ),
        CheckConstraint("invoice_id IS NULL OR customer_id IS NOT NULL", name="invoice_with_customer"),
        CheckConstraint(
            "invoice_id IS NOT NULL OR (debit_account <> 'receivable' AND credit_account <> 'receivable')",
            name="receivable_of_an_invoice",
        ),
        Index("ix_postings_invoice_id", "invoice_id"),
        Index("ix_postings_payment_key", "payment_key", postgresql_where=text("payment_key <> ''")),
        Index("ix_postings_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[PostingKind]
    debit_account: Mapped[Account] = mapped_column(enum_column(Account, "debit_account"))
    credit_account: Mapped[Account] = mapped_column(enum_column(Account, "credit_account"))
    amount_cents: Mapped[int]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int | None]
    invoice_id: Mapped[int | None]
    payment_key: Mapped[str] = mapped_column(default="")
    booked_at: Mapped[datetime]
