"""The partner's share of what was paid, and what of it was taken back."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.invoices.models import Invoice
from portal.payouts.rules import ReversalCause
from portal.shared.db import Base, id_column


class RepasseAccrual(Base):
    """The partner's share of one line of a paid invoice, with its waterfall. Append-only.

    `paid_cents` is the line's part of the payment: `cost_cents`, `central_fee_cents`, `vendor_share_cents`
    and `repasse_cents` add up to it (M11). The repasse is negative where a price does not bear its cost.
    `month` is the first day of the month the customer paid in. A line of an invoice accrues once, and so does
    a line of a payment for it.
    """

    __tablename__ = "repasse_accruals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["invoice_id", "contract_id", "partner_id", "customer_id"],
            ["invoices.id", "invoices.contract_id", "invoices.partner_id", "invoices.customer_id"],
        ),
        UniqueConstraint("invoice_id", "position"),
        UniqueConstraint("id", "partner_id"),
        UniqueConstraint("id", "invoice_id", "contract_id", "partner_id", "customer_id"),
        CheckConstraint(
            "paid_cents = cost_cents + central_fee_cents + vendor_share_cents + repasse_cents",
            name="adds_up",
        ),
        CheckConstraint("paid_cents >= 0 AND position >= 1 AND quantity >= 1", name="amounts_sane"),
        Index("ix_repasse_accruals_partner_id_month", "partner_id", "month"),
        Index("ix_repasse_accruals_month", "month"),
        Index("ix_repasse_accruals_customer_id_month", "customer_id", "month"),
        Index("ix_repasse_accruals_payment_key", "payment_key"),
    )

    id: Mapped[int] = id_column()
    payment_key: Mapped[str]
    invoice_id: Mapped[int]
    contract_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    position: Mapped[int]
    line_code: Mapped[str]
    line_label: Mapped[str]
    quantity: Mapped[int]
    paid_cents: Mapped[int]
    cost_cents: Mapped[int]
    central_fee_cents: Mapped[int]
    vendor_share_cents: Mapped[int]
    repasse_cents: Mapped[int]
    month: Mapped[date]
    accrued_at: Mapped[datetime]

    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Customer.id == foreign(RepasseAccrual.customer_id),
        viewonly=True,
    )
    invoice: Mapped[Invoice] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Invoice.id == foreign(RepasseAccrual.invoice_id),
        viewonly=True,
    )


class RepasseReversal(Base):
    """What of an accrual was taken back because money went back to the customer (M19), or given again.

    It has the accrual's own figures, in the share of the line that went back: negative, and positive where a
    lost dispute was won after all, or the invoice was paid again (`restores_id`). `cause_key` is what the
    money's source calls the cause: an accrual is reversed once for each, and a trigger lets all together take
    no more than it gave, so that a refund and a dispute of one charge count once. `month` is that in which it
    was taken back. Append-only.
    """

    __tablename__ = "repasse_reversals"
    __table_args__ = (
        ForeignKeyConstraint(
            ["accrual_id", "invoice_id", "contract_id", "partner_id", "customer_id"],
            [
                "repasse_accruals.id",
                "repasse_accruals.invoice_id",
                "repasse_accruals.contract_id",
                "repasse_accruals.partner_id",
                "repasse_accruals.customer_id",
            ],
        ),
        ForeignKeyConstraint(
            ["restores_id", "accrual_id"], ["repasse_reversals.id", "repasse_reversals.accrual_id"]
        ),
        UniqueConstraint("accrual_id", "cause_key"),
        UniqueConstraint("id", "accrual_id"),
        UniqueConstraint("id", "partner_id"),
        UniqueConstraint("restores_id"),
        CheckConstraint(
            "paid_cents = cost_cents + central_fee_cents + vendor_share_cents + repasse_cents",
            name="adds_up",
        ),
        CheckConstraint(
            "(cause IN ('restored', 'repaid')) = (restores_id IS NOT NULL)"
            " AND CASE WHEN restores_id IS NULL THEN paid_cents < 0 ELSE paid_cents > 0 END",
            name="takes_back",
        ),
        CheckConstraint("reason <> '' AND cause_key <> ''", name="says_why"),
        CheckConstraint("EXTRACT(DAY FROM month) = 1", name="of_a_month"),
        Index("ix_repasse_reversals_partner_id_month", "partner_id", "month"),
        Index("ix_repasse_reversals_invoice_id", "invoice_id"),
    )

    id: Mapped[int] = id_column()
    accrual_id: Mapped[int]
    invoice_id: Mapped[int]
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    cause: Mapped[ReversalCause]
    cause_key: Mapped[str]
    restores_id: Mapped[int | None]
    paid_cents: Mapped[int]
    cost_cents: Mapped[int]
    central_fee_cents: Mapped[int]
    vendor_share_cents: Mapped[int]
    repasse_cents: Mapped[int]
    reason: Mapped[str]
    month: Mapped[date]
    reversed_at: Mapped[datetime]
    reversed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    accrual: Mapped[RepasseAccrual] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: RepasseAccrual.id == foreign(RepasseReversal.accrual_id),
        viewonly=True,
    )
