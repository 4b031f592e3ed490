"""Challenges: what a browser has to answer soon, once, and for the purpose it was made for."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.shared.tokens import hash_secret
from portal.users.models import AuthChallenge, User
from portal.users.rules.factors import Ceremony

ANSWERED_WITHIN = timedelta(minutes=10)


def begin_challenge(session: Session, *, user_id: int, ceremony: Ceremony, now: datetime) -> str:
    """Make a challenge; its secret, which is kept only as a hash."""
    secret = secrets.token_urlsafe(32)
    session.add(
        AuthChallenge(
            user_id=user_id,
            ceremony=ceremony,
            secret_hash=hash_secret(secret),
            expires_at=now + ANSWERED_WITHIN,
        )
    )
    session.flush()
    return secret


def find_challenged(session: Session, *, secret: str, ceremony: Ceremony, now: datetime) -> User | None:
    """Whose open challenge this is. Changes nothing."""
    return session.scalar(
        select(User)
        .join(AuthChallenge, AuthChallenge.user_id == User.id)
        .where(
            AuthChallenge.secret_hash == hash_secret(secret),
            AuthChallenge.ceremony == ceremony,
            AuthChallenge.used_at.is_(None),
            AuthChallenge.expires_at > now,
        )
    )


def use_challenge(session: Session, *, secret: str, user_id: int, ceremony: Ceremony, now: datetime) -> bool:
    """Use a challenge up; False when it is another's, for something else, used or too old."""
    used = session.execute(
        update(AuthChallenge)
        .where(
            AuthChallenge.secret_hash == hash_secret(secret),
            AuthChallenge.user_id == user_id,
            AuthChallenge.ceremony == ceremony,
            AuthChallenge.used_at.is_(None),
            AuthChallenge.expires_at > now,
        )
        .values(used_at=now)
        .returning(AuthChallenge.id)
    )
    return used.first() is not None


def forget_old_challenges(session: Session, *, now: datetime) -> int:
    """Remove challenges nobody can answer any more; how many."""
    old = delete(AuthChallenge).where(AuthChallenge.expires_at <= now).returning(AuthChallenge.id)
    return len(session.execute(old).all())
