"""Single-purpose links (invariant T1): 256 bit, hashed at rest, one purpose, expiring, used once.

The secret of a link is derived from the app's secret key and the row's random nonce. The database
therefore holds nothing a thief could open a link with, not even the text of a mail that left: it carries
the token's hash.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

from flask import current_app
from sqlalchemy import ForeignKey, Index, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.db import Base, id_column
from portal.shared.refusals import EndedLink, UnknownLink

ONE_CLICK = timedelta(seconds=10)
READABLE_FOR = timedelta(days=90)  # what became of it; a link forgotten in a mailbox tells it no longer


class Purpose(StrEnum):
    """What a link is for. A link of one purpose is nothing to a page of another."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - the name of a purpose, not a password
    PROPOSAL = "proposal"
    SIGNATURE = "signature"
    CARD_REGISTRATION = "card_registration"
    INVOICE = "invoice"
    CANCELLATION = "cancellation"
    SUBSCRIBER_SIGN_IN = "subscriber_sign_in"


class LinkToken(Base):
    """A link given out."""

    __tablename__ = "link_tokens"
    __table_args__ = (Index("ix_link_tokens_subject", "purpose", "subject_id"),)

    id: Mapped[int] = id_column()
    purpose: Mapped[Purpose]
    nonce: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    subject_id: Mapped[int]
    partner_id: Mapped[int | None] = mapped_column(ForeignKey("partners.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    def secret(self) -> str:
        """The secret part of the link, as it stands in its address."""
        return _derive(self.purpose, self.nonce)

    @property
    def read_until(self) -> datetime:
        """When its page stops showing anything: some time after nothing can be done by it any more."""
        ends = (self.used_at, self.revoked_at, self.expires_at)
        return min(end for end in ends if end is not None) + READABLE_FOR

    @property
    def can_be_told(self) -> bool:
        """Whether `secret` still opens it: not once the secret key was changed, though what was sent does."""
        return hmac.compare_digest(hash_secret(self.secret()), self.token_hash)


def _derive(purpose: str, nonce: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    digest = hmac.digest(key, f"link:{purpose}:{nonce}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def hash_secret(secret: str) -> str:
    """How a secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def issue(
    session: Session,
    *,
    purpose: Purpose,
    subject_id: int,
    now: datetime,
    valid_for: timedelta,
    partner_id: int | None = None,
    revoke_earlier: bool = True,
) -> LinkToken:
    """Make a link to `subject_id`; earlier ones of the same purpose and subject stop working."""
    if revoke_earlier:
        revoke(session, purpose=purpose, subject_id=subject_id, now=now)
    nonce = secrets.token_urlsafe(32)
    token = LinkToken(
        purpose=purpose,
        nonce=nonce,
        token_hash=hash_secret(_derive(purpose, nonce)),
        subject_id=subject_id,
        partner_id=partner_id,
        created_at=now,
        expires_at=now + valid_for,
    )
    session.add(token)
    session.flush()
    return token


def find(session: Session, *, purpose: Purpose, secret: str) -> LinkToken | None:
    """The link of this secret and purpose, whatever its state: the page says expired or used."""
    return session.scalar(
        select(LinkToken).where(LinkToken.token_hash == hash_secret(secret), LinkToken.purpose == purpose)
    )


def get(session: Session, *, purpose: Purpose, secret: str, now: datetime) -> LinkToken:
    """As `find`, for a page that is nothing without its link, while it may be read.

    Raises:
        UnknownLink: nothing was ever given out with this secret for this purpose.
        EndedLink: it stopped working so long ago that it shows no more what became of it.
    """
    token = find(session, purpose=purpose, secret=secret)
    if token is None:
        raise UnknownLink
    if now >= token.read_until:
        raise EndedLink(format_date(day_of(token.read_until - timedelta(seconds=1))))
    return token


def find_shared(session: Session, *, purpose: Purpose, subject_id: int) -> LinkToken | None:
    """The newest link to this subject neither used nor revoked, if its address can still be told."""
    token = session.scalar(
        select(LinkToken)
        .where(
            LinkToken.purpose == purpose,
            LinkToken.subject_id == subject_id,
            LinkToken.used_at.is_(None),
            LinkToken.revoked_at.is_(None),
        )
        .order_by(LinkToken.id.desc())
        .limit(1)
    )
    return token if token and token.can_be_told else None


def give_out(
    session: Session,
    *,
    purpose: Purpose,
    subject_id: int,
    now: datetime,
    ends_at: datetime,
    partner_id: int | None = None,
) -> LinkToken:
    """A link that works until `ends_at` at least: the one that is out and works, else a new one.

    Nothing stops working by it. Where an earlier link must, whoever asks for the new one revokes it at once.
    """
    known = find_shared(session, purpose=purpose, subject_id=subject_id)
    if known is not None and is_valid(known, now):
        known.expires_at = max(known.expires_at, ends_at)
        return known
    return issue(
        session,
        purpose=purpose,
        subject_id=subject_id,
        now=now,
        valid_for=ends_at - now,
        partner_id=partner_id,
        revoke_earlier=False,
    )


def is_valid(token: LinkToken, now: datetime) -> bool:
    """Whether the link still works."""
    return token.used_at is None and token.revoked_at is None and now < token.expires_at


def still_leads_somewhere(token: LinkToken, now: datetime) -> bool:
    """Whether a mail that leaves now may tell its address."""
    return is_valid(token, now) and token.can_be_told


def was_just_issued(session: Session, *, purpose: Purpose, subject_id: int, now: datetime) -> bool:
    """Whether an open link of this purpose and subject is only seconds old: asked for by a second click."""
    recent = select(LinkToken.id).where(
        LinkToken.purpose == purpose,
        LinkToken.subject_id == subject_id,
        LinkToken.used_at.is_(None),
        LinkToken.revoked_at.is_(None),
        LinkToken.created_at > now - ONE_CLICK,
    )
    return session.scalar(recent.limit(1)) is not None


def consume(session: Session, token: LinkToken, *, now: datetime) -> bool:
    """Use the link once; False when somebody was faster or it no longer works."""
    result = session.execute(
        update(LinkToken)
        .where(
            LinkToken.id == token.id,
            LinkToken.used_at.is_(None),
            LinkToken.revoked_at.is_(None),
            LinkToken.expires_at > now,
        )
        .values(used_at=now)
        .returning(LinkToken.id)
    )
    return result.first() is not None


def revoke(session: Session, *, purpose: Purpose, subject_id: int, now: datetime) -> None:
    """Stop every open link of this purpose and subject."""
    session.execute(
        update(LinkToken)
        .where(
            LinkToken.purpose == purpose,
            LinkToken.subject_id == subject_id,
            LinkToken.used_at.is_(None),
            LinkToken.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )
