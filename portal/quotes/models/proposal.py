"""What the customer gets: one or more alternatives behind one link."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.customers.models import Customer
from portal.shared.db import Base, id_column


class Proposal(Base):
    """Alternatives for one customer, shown side by side; the customer accepts one of them."""

    __tablename__ = "proposals"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        UniqueConstraint("id", "partner_id", "customer_id"),
        UniqueConstraint("id", "partner_id"),
        Index("ix_proposals_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    created_at: Mapped[datetime]
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]

    customer: Mapped[Customer] = relationship(lazy="raise_on_sql")


class ProposalView(Base):
    """Somebody opened the public page: a person, and none of ours (`shared/visits.py`).

    No address is kept, only what kind of device it was.
    """

    __tablename__ = "proposal_views"
    __table_args__ = (
        ForeignKeyConstraint(["proposal_id", "partner_id"], ["proposals.id", "proposals.partner_id"]),
        Index("ix_proposal_views_proposal_id_at", "proposal_id", "at"),
    )

    id: Mapped[int] = id_column()
    proposal_id: Mapped[int]
    partner_id: Mapped[int]
    at: Mapped[datetime]
    device: Mapped[str] = mapped_column(default="")
