"""Browsers in which a person signed in before. Their cookie holds a token, the row its hash."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.shared.tokens import hash_secret
from portal.users.models import KnownDevice, User
from portal.users.rules import normal_email

KNOWN_FOR = timedelta(days=400)  # as long as browsers keep a cookie


def remember_device(session: Session, *, user_id: int, device: str | None, now: datetime) -> str:
    """Know this browser from now on; the token for its cookie, the one it had or a new one."""
    token = device or secrets.token_urlsafe(32)
    row = insert(KnownDevice).values(
        user_id=user_id, token_hash=hash_secret(token), created_at=now, last_used_at=now
    )
    session.execute(
        row.on_conflict_do_update(index_elements=["user_id", "token_hash"], set_={"last_used_at": now})
    )
    return token


def is_known(session: Session, *, email: str, device: str | None, now: datetime) -> bool:
    """Whether the person of this e-mail signed in before in the browser that holds this token."""
    found = session.scalar(
        select(KnownDevice.id)
        .join(User, User.id == KnownDevice.user_id)
        .where(
            User.email == normal_email(email),
            KnownDevice.token_hash == hash_secret(device or ""),
            KnownDevice.last_used_at > now - KNOWN_FOR,
        )
    )
    return found is not None


def forget_devices(session: Session, *, user_id: int) -> None:
    """Know none of a person's browsers any more: the password was changed, perhaps because of one."""
    session.execute(delete(KnownDevice).where(KnownDevice.user_id == user_id))


def forget_old_devices(session: Session, *, now: datetime) -> int:
    """Remove devices not used for as long as their cookie lives; how many."""
    old = delete(KnownDevice).where(KnownDevice.last_used_at <= now - KNOWN_FOR)
    return len(session.execute(old.returning(KnownDevice.id)).all())
