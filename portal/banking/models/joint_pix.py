"""One Pix for several invoices of a customer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.invoices.models import Invoice
from portal.shared.db import Base, id_column


class JointPix(Base):
    """What a customer pays by one Pix; `key` names the invoices, so that the same ones are one row. Kept."""

    __tablename__ = "joint_pix"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        UniqueConstraint("id", "partner_id", "customer_id"),
        CheckConstraint("key LIKE '%,%'", name="of_several"),
        Index("ix_joint_pix_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]


class JointPixInvoice(Base):
    """One of its invoices. Kept."""

    __tablename__ = "joint_pix_invoices"
    __table_args__ = (
        ForeignKeyConstraint(
            ["joint_pix_id", "partner_id", "customer_id"],
            [JointPix.id, JointPix.partner_id, JointPix.customer_id],
        ),
        ForeignKeyConstraint(
            ["invoice_id", "partner_id", "customer_id"],
            [Invoice.id, Invoice.partner_id, Invoice.customer_id],
        ),
        UniqueConstraint("joint_pix_id", "invoice_id"),
        Index("ix_joint_pix_invoices_invoice_id", "invoice_id"),
    )

    id: Mapped[int] = id_column()
    joint_pix_id: Mapped[int]
    invoice_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
