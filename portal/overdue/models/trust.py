"""The table of services released in trust."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, foreign, mapped_column, relationship

from portal.customers.models import Customer
from portal.overdue.models.lateness import Suspension
from portal.partners.models import Partner
from portal.shared.db import Base, id_column
from portal.subscriptions.models import Subscription
from portal.users.models import User


class TrustRelease(Base):
    """A suspended service that was released before it was paid, until the end of a day. Append-only.

    What became of it is read from its suspension. `given_by_id` is who of the portal did it; the customer
    did it alone where that is None, and `given_to` is the address it came by.
    """

    __tablename__ = "trust_releases"
    __table_args__ = (
        ForeignKeyConstraint(
            ["contract_id", "partner_id", "customer_id"],
            [Subscription.contract_id, Subscription.partner_id, Subscription.customer_id],
        ),
        ForeignKeyConstraint(
            ["suspension_id", "contract_id"],
            [Suspension.id, Suspension.contract_id],
        ),
        UniqueConstraint("suspension_id"),
        CheckConstraint("until_on > (given_at AT TIME ZONE 'America/Sao_Paulo')::date", name="lasts"),
        CheckConstraint("(given_by_id IS NULL) = (given_to <> '')", name="by_somebody"),
        Index("ix_trust_releases_customer_id_given_at", "customer_id", "given_at"),
        Index("ix_trust_releases_partner_id_given_at", "partner_id", "given_at"),
        Index("ix_trust_releases_given_at", "given_at"),
    )

    id: Mapped[int] = id_column()
    contract_id: Mapped[int]
    partner_id: Mapped[int]
    customer_id: Mapped[int]
    suspension_id: Mapped[int]
    given_at: Mapped[datetime]
    until_on: Mapped[date]
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    given_to: Mapped[str]

    suspension: Mapped[Suspension] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Suspension.id == foreign(TrustRelease.suspension_id),
        viewonly=True,
    )
    subscription: Mapped[Subscription] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Subscription.contract_id == foreign(TrustRelease.contract_id),
        viewonly=True,
    )
    customer: Mapped[Customer] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Customer.id == foreign(TrustRelease.customer_id),
        viewonly=True,
    )
    partner: Mapped[Partner] = relationship(
        lazy="raise_on_sql",
        primaryjoin=lambda: Partner.id == foreign(TrustRelease.partner_id),
        viewonly=True,
    )
    given_by: Mapped[User | None] = relationship(lazy="raise_on_sql")
