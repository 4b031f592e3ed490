"""The history of accesses: who came in, was refused or went, when and from where."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from portal.users.models import AccessEvent
from portal.users.queries import find_user_by_email
from portal.users.rules import AccessKind, Origin

ONCE_IN = timedelta(minutes=1)
REFUSALS = 0x52454655  # the class of the advisory locks; what was refused to whom is the object
KEPT_FOR = timedelta(days=366)  # the law asks for six months; the database refuses to drop younger ones


def record_access(
    session: Session,
    kind: AccessKind,
    *,
    user_id: int | None,
    origin: Origin,
    now: datetime,
    by_id: int | None = None,
) -> None:
    """Keep that somebody came in, was refused or went."""
    session.add(
        AccessEvent(
            at=now,
            kind=kind,
            user_id=user_id,
            by_id=by_id,
            address=origin.address,
            device=origin.device,
        )
    )
    session.flush()


def record_failed_sign_in(session: Session, *, email: str, origin: Origin, now: datetime) -> None:
    """Keep that a sign-in was refused. What was typed as the e-mail is kept only when it is somebody's."""
    user = find_user_by_email(session, email)
    user_id = user.id if user else None
    record_access(session, AccessKind.SIGN_IN_FAILED, user_id=user_id, origin=origin, now=now)


def record_forbidden(session: Session, *, user_id: int, endpoint: str, origin: Origin, now: datetime) -> None:
    """Keep that somebody signed in was refused a view; once a minute each, so that nobody fills the table."""
    key = func.hashtext(f"{user_id} {endpoint}")
    session.execute(select(func.pg_advisory_xact_lock(REFUSALS, key)))  # two at once are one
    lately = select(AccessEvent.id).where(
        AccessEvent.user_id == user_id,
        AccessEvent.kind == AccessKind.FORBIDDEN,
        AccessEvent.endpoint == endpoint,
        AccessEvent.at > now - ONCE_IN,
    )
    if session.scalar(lately.limit(1)) is None:
        session.add(
            AccessEvent(
                at=now,
                kind=AccessKind.FORBIDDEN,
                user_id=user_id,
                address=origin.address,
                device=origin.device,
                endpoint=endpoint,
            )
        )
        session.flush()


def forget_old_accesses(session: Session, *, now: datetime) -> int:
    """Remove what happened more than a year ago; how many."""
    old = delete(AccessEvent).where(AccessEvent.at < now - KEPT_FOR).returning(AccessEvent.id)
    return len(session.execute(old).all())
