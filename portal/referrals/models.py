"""Tables of the referrals room."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.partners.models import Partner
from portal.receipts.models.payment import CustomerCredit
from portal.referrals.rules import ReferralState
from portal.shared.db import Base, id_column
from portal.users.models import User


class Referral(Base):
    """That a customer came by another's code; one for each document.

    `partner_id` and `customer_id` are whose the new customer is. Earned, both have a credit of
    `amount_cents`; who referred has none if it left meanwhile. Nobody of the portal made it where a link did.
    """

    __tablename__ = "referrals"
    __table_args__ = (
        ForeignKeyConstraint(["customer_id", "partner_id"], ["customers.id", "customers.partner_id"]),
        ForeignKeyConstraint(
            ["referrer_id", "referrer_partner_id"], ["customers.id", "customers.partner_id"]
        ),
        UniqueConstraint("document"),
        UniqueConstraint("credit_id"),
        UniqueConstraint("referrer_credit_id"),
        CheckConstraint("customer_id <> referrer_id", name="not_of_oneself"),
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_at_an_instant"),
        CheckConstraint(
            "(state = 'earned') = (credit_id IS NOT NULL) AND (state = 'earned') = (amount_cents > 0)"
            " AND (state = 'earned' OR referrer_credit_id IS NULL)",
            name="earned_is_credited",
        ),
        CheckConstraint("(state = 'dropped') = (reason <> '')", name="dropped_says_why"),
        Index("ix_referrals_customer_id", "customer_id"),
        Index("ix_referrals_referrer_id", "referrer_id"),
        Index("ix_referrals_partner_id_made_at", "partner_id", "made_at"),
        Index("ix_referrals_state", "state"),
    )

    id: Mapped[int] = id_column()
    partner_id: Mapped[int] = mapped_column(ForeignKey("partners.id"))
    customer_id: Mapped[int]
    document: Mapped[str]
    referrer_partner_id: Mapped[int]
    referrer_id: Mapped[int]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    state: Mapped[ReferralState]
    reason: Mapped[str] = mapped_column(default="")
    settled_at: Mapped[datetime | None]
    amount_cents: Mapped[int] = mapped_column(default=0)
    credit_id: Mapped[int | None] = mapped_column(ForeignKey(CustomerCredit.id))
    referrer_credit_id: Mapped[int | None] = mapped_column(ForeignKey(CustomerCredit.id))

    made_by: Mapped[User] = relationship(lazy="raise_on_sql")
    partner: Mapped[Partner] = relationship(lazy="raise_on_sql")
    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Customer.id == foreign(Referral.customer_id), viewonly=True
    )
    referrer: Mapped[Customer] = relationship(
        lazy="raise_on_sql", primaryjoin=lambda: Customer.id == foreign(Referral.referrer_id), viewonly=True
    )
