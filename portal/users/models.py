"""Tables of the users room."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from portal.shared.auth import Role
from portal.shared.brazil import folded
from portal.shared.db import Base, id_column
from portal.users.rules import AccessKind
from portal.users.rules.factors import Ceremony


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
    second_factor_since: Mapped[datetime | None]
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


class KnownDevice(Base):
    """A browser in which the person signed in before: strangers' attempts do not slow it down."""

    __tablename__ = "known_devices"
    __table_args__ = (UniqueConstraint("user_id", "token_hash"),)

    id: Mapped[int] = id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    token_hash: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]


class AccessEvent(Base):
    """Who came in, was refused or went, when and from where; never what was typed.

    `user_id` is None where nobody signs in with the address that was typed, which is not kept: people type
    passwords there. `by_id` is who did it, when it was somebody else. `endpoint` is the view that was
    refused, by its name: addresses hold secrets.
    """

    __tablename__ = "access_events"
    __table_args__ = (
        Index("ix_access_events_user_id_at", "user_id", "at"),
        Index("ix_access_events_at", "at"),
        CheckConstraint("(kind = 'forbidden') = (endpoint <> '')", name="endpoint_of_refusals"),
    )

    id: Mapped[int] = id_column()
    at: Mapped[datetime]
    kind: Mapped[AccessKind]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    address: Mapped[str]
    device: Mapped[str]
    endpoint: Mapped[str] = mapped_column(default="")


class PasswordResetRequest(Base):
    """Somebody asked for a new password and waits; gone when it is answered."""

    __tablename__ = "password_reset_requests"

    id: Mapped[int] = id_column()
    email: Mapped[str]
    asked_at: Mapped[datetime]
    address: Mapped[str]
    device: Mapped[str]


class Passkey(Base):
    """A public key whose private half a person's device keeps (WebAuthn)."""

    __tablename__ = "passkeys"
    __table_args__ = (Index("ix_passkeys_user_id", "user_id"),)

    id: Mapped[int] = id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    sign_count: Mapped[int]
    name: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]


class TotpSecret(Base):
    """What a person's authenticator app shares with the portal, sealed; unconfirmed until a code was typed.

    A code of `last_step` or before is not taken again.
    """

    __tablename__ = "totp_secrets"

    id: Mapped[int] = id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), unique=True)
    sealed_secret: Mapped[str]
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int] = mapped_column(default=0)


class RecoveryCode(Base):
    """A code for a lost device, kept as its hash and used once."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    id: Mapped[int] = id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class AuthChallenge(Base):
    """Something a browser has to answer soon and once: a second step, a passkey's challenge."""

    __tablename__ = "auth_challenges"
    __table_args__ = (Index("ix_auth_challenges_expires_at", "expires_at"),)

    id: Mapped[int] = id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    ceremony: Mapped[Ceremony]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Throttle(Base):
    """Failed attempts of one kind by one key (a hash), shared by all processes."""

    __tablename__ = "throttles"

    id: Mapped[int] = id_column()
    key: Mapped[str] = mapped_column(unique=True)
    failures: Mapped[int]
    window_started_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]
