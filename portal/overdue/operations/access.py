"""Making, using and revoking the keys by which products ask."""

import secrets
from datetime import datetime

from sqlalchemy import case, update
from sqlalchemy.orm import Session

from portal.overdue.models import AccessKey
from portal.overdue.queries.access import lock_key
from portal.overdue.rules.access import PREFIX, KeyRevoked
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.tokens import hash_secret

SHOWN = 4


def make_key(
    session: Session, *, plan: str, plan_name: str, name: str, actor: Actor, now: datetime
) -> tuple[AccessKey, str]:
    """A new key for a product, and its secret, which is kept nowhere: this is the only time it is known."""
    secret = PREFIX + secrets.token_urlsafe(32)
    key = AccessKey(
        plan=plan,
        plan_name=plan_name,
        name=name,
        key_hash=hash_secret(secret),
        ending=secret[-SHOWN:],
        created_at=now,
        created_by_id=actor.user_id,
    )
    session.add(key)
    session.flush()
    summary = f"Chave de acesso “{name}” de {plan_name} criada"
    audit.record(session, action="access_key_made", summary=summary, subject=key, actor=actor, now=now)
    return key, secret


def revoke_key(session: Session, *, key_id: int, actor: Actor, now: datetime) -> AccessKey:
    """End a key, for good.

    Raises:
        Missing: there is none.
        KeyRevoked: it is ended.
    """
    key = lock_key(session, key_id)
    if key.revoked_at is not None:
        raise KeyRevoked
    key.revoked_at, key.revoked_by_id = now, actor.user_id
    session.flush()
    summary = f"Chave de acesso “{key.name}” de {key.plan_name} revogada"
    audit.record(session, action="access_key_revoked", summary=summary, subject=key, actor=actor, now=now)
    return key


def use_key(session: Session, secret: str, *, now: datetime) -> tuple[str, int] | None:
    """The product of a key, and how often it asked in this minute, now included; None: no such key.

    One statement, which counts too.
    """
    minute = now.replace(second=0, microsecond=0)
    count = case((AccessKey.minute == minute, AccessKey.asked_in_minute + 1), else_=1)
    row = session.execute(
        update(AccessKey)
        .where(AccessKey.key_hash == hash_secret(secret), AccessKey.revoked_at.is_(None))
        .values(minute=minute, asked_in_minute=count, asked_at=now)
        .returning(AccessKey.plan, AccessKey.asked_in_minute)
        .execution_options(synchronize_session=False)
    ).first()
    return None if row is None else (row.plan, row.asked_in_minute)
