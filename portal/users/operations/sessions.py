"""Signing in and out. A signed-in device is a row, which ends for good when the row does."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Interval, delete, literal, or_, update
from sqlalchemy.orm import Session

from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared.refusals import Missing
from portal.shared.tokens import hash_secret
from portal.users.models import User, UserSession
from portal.users.operations.attempts import forgive_sign_in
from portal.users.operations.hashing import needs_new_hash, password_hash, password_matches
from portal.users.operations.history import record_access
from portal.users.queries import find_user_by_email
from portal.users.rules import NOWHERE, AccessKind, Origin, WrongPassword, device_name

KEPT_AFTER_END = timedelta(days=90)


def check_sign_in(
    session: Session, *, email: str, password: str, address: str, device: str | None = None
) -> User:
    """The person of this e-mail and password.

    Count the attempt first (`count_sign_in`). An unknown e-mail takes as long as a wrong password
    and is refused with the same words. Whether the person may be in is decided when the session is
    used: see `partners.queries.find_actor`.

    Raises:
        WrongPassword: no such person, no password chosen yet, or another password.
    """
    user = find_user_by_email(session, email)
    if not password_matches(user.password_hash if user else None, password) or user is None:
        raise WrongPassword
    forgive_sign_in(session, email=email, address=address, device=device)
    if needs_new_hash(user.password_hash):
        user.password_hash = password_hash(password)
    return user


def sign_in(session: Session, *, email: str, password: str, address: str, now: datetime) -> tuple[User, str]:
    """As `check_sign_in`, and the token of the session begun for somebody who needs no second step."""
    user = check_sign_in(session, email=email, password=password, address=address)
    return user, begin_session(session, user=user, origin=Origin(address=address), now=now)


def begin_session(session: Session, *, user: User, origin: Origin, now: datetime) -> str:
    """Begin a session, which ends by itself, and return its token, which is kept nowhere."""
    token = secrets.token_urlsafe(32)
    valid_for = timedelta(days=settings.value(session, Name.SESSION_DAYS))
    session.add(
        UserSession(
            token_hash=hash_secret(token),
            user_id=user.id,
            created_at=now,
            expires_at=now + valid_for,
            device=device_name(origin.user_agent),
            address=origin.address,
            last_seen_at=now,
            confirmed_at=now,
        )
    )
    record_access(session, AccessKind.SIGNED_IN, user_id=user.id, origin=origin, now=now)
    return token


def note_use(session: Session, *, session_token: str, now: datetime) -> None:
    """Keep that a session is in use, so that it does not end as idle."""
    session.execute(
        update(UserSession)
        .where(UserSession.token_hash == hash_secret(session_token))
        .values(last_seen_at=now)
    )


def carry_sessions(session: Session, *, by: timedelta, now: datetime) -> None:
    """Let every running session be younger by so much, as when the clock of a demonstration jumps."""
    columns = (
        UserSession.created_at,
        UserSession.expires_at,
        UserSession.last_seen_at,
        UserSession.confirmed_at,
    )
    running = update(UserSession).where(UserSession.ended_at.is_(None), UserSession.expires_at > now)
    session.execute(running.values({column: column + literal(by, Interval()) for column in columns}))


def end_session(session: Session, *, session_token: str, now: datetime) -> None:
    """End the session of this token, if it still runs."""
    _end(session, UserSession.token_hash == hash_secret(session_token), now=now)


def sign_out(session: Session, *, session_token: str, origin: Origin, now: datetime) -> None:
    """End the session of this token because its person leaves; nothing when it has ended."""
    for user_id in _end(session, UserSession.token_hash == hash_secret(session_token), now=now):
        record_access(session, AccessKind.SIGNED_OUT, user_id=user_id, origin=origin, now=now)


def sign_out_everywhere(
    session: Session, *, user_id: int, origin: Origin, now: datetime, by_id: int | None = None
) -> int:
    """Sign a person out on all devices; on how many. `by_id` is the administrator who does it."""
    ended = end_all_sessions(session, user_id=user_id, now=now)
    if ended:
        kind = AccessKind.SIGNED_OUT_EVERYWHERE
        record_access(session, kind, user_id=user_id, origin=origin, now=now, by_id=by_id)
    return ended


def end_session_of(
    session: Session, *, user_id: int, session_id: int, origin: Origin = NOWHERE, now: datetime
) -> None:
    """End one of a person's own sessions.

    Raises:
        Missing: it is not theirs, or has ended.
    """
    if not _end(session, UserSession.id == session_id, UserSession.user_id == user_id, now=now):
        raise Missing
    record_access(session, AccessKind.SESSION_ENDED, user_id=user_id, origin=origin, now=now)


def end_all_sessions(session: Session, *, user_id: int, now: datetime, except_token: str = "") -> int:
    """Sign a person out everywhere (but where `except_token` is held); on how many devices."""
    others = UserSession.token_hash != hash_secret(except_token)
    return len(_end(session, UserSession.user_id == user_id, others, now=now))


def forget_old_sessions(session: Session, *, now: datetime) -> int:
    """Remove sessions that ended long ago; how many."""
    limit = now - KEPT_AFTER_END
    removed = session.execute(
        delete(UserSession)
        .where(or_(UserSession.ended_at < limit, UserSession.expires_at < limit))
        .returning(UserSession.id)
    )
    return len(removed.all())


def _end(session: Session, *which: ColumnElement[bool], now: datetime) -> Sequence[int]:
    """End the running ones of these sessions; whose they were."""
    return session.scalars(
        update(UserSession)
        .where(*which, UserSession.ended_at.is_(None), UserSession.expires_at > now)
        .values(ended_at=now)
        .returning(UserSession.user_id)
    ).all()
