"""Tables of the payouts room."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.invoices.models import Invoice
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
        CheckConstraint(
            "paid_cents = cost_cents + central_fee_cents + vendor_share_cents + repasse_cents",
            name="adds_up",
        ),
        CheckConstraint("paid_cents >= 0 AND position >= 1 AND quantity >= 1", name="amounts_sane"),
        Index("ix_repasse_accruals_partner_id_month", "partner_id", "month"),
        Index("ix_repasse_accruals_month", "month"),
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
