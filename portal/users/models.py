"""Tables of the users room."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.shared.auth import Role
from portal.shared.brazil import folded
from portal.shared.db import Base, id_column


class User(Base):
    """A person who signs in. Invited until a password is set, disabled instead of deleted."""

    __tablename__ = "users"
    __table_args__ = (
        CheckConstraint(
            "(role IN ('seller', 'partner_admin')) = (partner_id IS NOT NULL)",
            name="partner_for_partner_roles",
        ),
        CheckConstraint("email = lower(email)", name="email_lowercase"),
        Index("ix_users_partner_id", "partner_id"),
    )

    id: Mapped[int] = id_column()
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    role: Mapped[Role]
    partner_id: Mapped[int | None] = mapped_column(
        ForeignKey("partners.id", use_alter=True, name="fk_users_partner_id")
    )
    password_hash: Mapped[str | None]
    invited_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    disabled_at: Mapped[datetime | None]
    lock_version: Mapped[int] = mapped_column(default=1)
    search_text: Mapped[str]

    __mapper_args__ = {"version_id_col": lock_version}  # noqa: RUF012 - SQLAlchemy reads it so

    @validates("name", "email")
    def _keep_search_text(self, attribute: str, value: str) -> str:
        words = {"name": self.name, "email": self.email} | {attribute: value}
        self.search_text = folded(f"{words['name']} {words['email']}")
        return value


class UserSession(Base):
    """A signed-in device. The cookie's token is kept only as its hash.

    `last_seen_at` is written every few minutes; one idle for too long is over. `confirmed_at` is when the
    person last proved who they are, by signing in or when asked again.
    """

    __tablename__ = "user_sessions"
    __table_args__ = (Index("ix_user_sessions_user_id", "user_id"),)

    id: Mapped[int] = id_column()
    token_hash: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    device: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    last_seen_at: Mapped[datetime] = mapped_column(
        default=lambda context: context.get_current_parameters()["created_at"]
    )
    confirmed_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise_on_sql")


class Throttle(Base):
    """Failed attempts of one kind by one key (a hash), shared by all processes."""

    __tablename__ = "throttles"

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    failures: Mapped[int]
    window_started_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
