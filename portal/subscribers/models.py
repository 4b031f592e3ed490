"""Tables of the subscribers room."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from portal.shared.db import Base, id_column


class SubscriberSignIn(Base):
    """Somebody asked for a link to the Central do Assinante; gone again when nobody has this address."""

    __tablename__ = "subscriber_sign_ins"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lowercase"),
        Index("ix_subscriber_sign_ins_asked_at", "asked_at"),
    )

    id: Mapped[int] = id_column()
    email: Mapped[str]
    asked_at: Mapped[datetime]


class SubscriberSession(Base):
    """A device on which a person of a customer is signed in; never a portal user's.

    The cookie's token is kept only as its hash. Whoever is in is an e-mail address: `customer_id` is the
    company looked at, of those that have this address among their people, and None until one was chosen.
    """

    __tablename__ = "subscriber_sessions"
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_lowercase"),
        Index("ix_subscriber_sessions_expires_at", "expires_at"),
        Index("ix_subscriber_sessions_customer_id", "customer_id"),
    )

    id: Mapped[int] = id_column()
    token_hash: Mapped[str] = mapped_column(unique=True)
    email: Mapped[str]
    customer_id: Mapped[int | None] = mapped_column(ForeignKey("customers.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str]
    address: Mapped[str]
