"""A quote: one alternative of a proposal, with its versions."""

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.customers.models import Customer
from portal.quotes.models.proposal import Proposal
from portal.shared.db import Base, id_column
from portal.users.models import User


class Quote(Base):
    """What stays the same through all versions. The state is the live version's.

    `creation_key` names the form it was made by: sent twice, the form makes one quote.
    """

    __tablename__ = "quotes"
    __table_args__ = (
        ForeignKeyConstraint(
            ["proposal_id", "partner_id", "customer_id"],
            ["proposals.id", "proposals.partner_id", "proposals.customer_id"],
        ),
        UniqueConstraint("proposal_id", "alternative"),
        UniqueConstraint("id", "partner_id", "customer_id"),
        UniqueConstraint("id", "partner_id", "owner_id"),
        UniqueConstraint("partner_id", "creation_key"),
        Index("ix_quotes_customer_id", "customer_id"),
        Index("ix_quotes_owner_id", "owner_id"),
    )

    id: Mapped[int] = id_column()
    proposal_id: Mapped[int]
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int] = mapped_column(ForeignKey("customers.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    alternative: Mapped[int] = mapped_column(default=1)
    cloned_from_id: Mapped[int | None] = mapped_column(ForeignKey("quotes.id"))
    creation_key: Mapped[str | None]
    created_at: Mapped[datetime]

    proposal: Mapped[Proposal] = relationship(lazy="raise_on_sql", overlaps="customer")
    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql", foreign_keys=customer_id, overlaps="proposal"
    )
    owner: Mapped[User] = relationship(lazy="raise_on_sql", foreign_keys=owner_id)
