"""The history of accesses: who came in, was refused or went, when and from where."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from portal.users.models import AccessEvent
from portal.users.queries import find_user_by_email
from portal.users.rules import AccessKind, Origin

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


def forget_old_accesses(session: Session, *, now: datetime) -> int:
    """Remove what happened more than a year ago; how many."""
    old = delete(AccessEvent).where(AccessEvent.at < now - KEPT_FOR).returning(AccessEvent.id)
    return len(session.execute(old).all())
