"""Slowing down who guesses or asks for costly work: attempts are counted in the database.

All processes share the counts. An attempt is counted before its password is looked at, by one statement
that also refuses while a pause lasts; parallel attempts therefore never get more than what is
free. The caller commits the count before it goes on: a refused sign-in rolls back, its count must not.
"""

import hmac
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.shared.filters import time_br
from portal.shared.refusals import TooManyAttempts
from portal.users.models import Throttle
from portal.users.rules import (
    FILE_CHECK_BY_ADDRESS,
    RESET_BY_ADDRESS,
    RESET_BY_EMAIL,
    SIGN_IN_BY_ADDRESS,
    SIGN_IN_BY_EMAIL,
    Limit,
    network_of,
    normal_email,
)

LIMITS = (SIGN_IN_BY_EMAIL, SIGN_IN_BY_ADDRESS, RESET_BY_EMAIL, RESET_BY_ADDRESS, FILE_CHECK_BY_ADDRESS)
ALMOST_A_MINUTE = timedelta(seconds=59)  # a minute shown is never too early


def count_sign_in(
    session: Session, *, email: str, address: str, now: datetime, field: str = "password"
) -> None:
    """Count an attempt to sign in, known e-mail or not. Commit before checking the password.

    Raises:
        TooManyAttempts: at `field`; says when to try again.
    """
    _count(session, SIGN_IN_BY_ADDRESS, network_of(address), now=now, field=field)
    _count(session, SIGN_IN_BY_EMAIL, normal_email(email), now=now, field=field)


def count_password_reset(session: Session, *, email: str, address: str, now: datetime) -> None:
    """Count a request for a reset link, known e-mail or not.

    Raises:
        TooManyAttempts: at the field `email`; says when to try again.
    """
    _count(session, RESET_BY_ADDRESS, network_of(address), now=now, field="email")
    _count(session, RESET_BY_EMAIL, normal_email(email), now=now, field="email")


def count_file_check(session: Session, *, address: str, now: datetime) -> None:
    """Count a file that somebody unknown has checked. Commit before reading it.

    Raises:
        TooManyAttempts: at the field `file`; says when to try again.
    """
    _count(session, FILE_CHECK_BY_ADDRESS, network_of(address), now=now, field="file")


def forgive_sign_in(session: Session, *, email: str, address: str) -> None:
    """After the right password: the person starts anew, the address gets its one attempt back.

    Only one, or whoever owns one account could guess at others without end.
    """
    session.execute(delete(Throttle).where(Throttle.key == _key(SIGN_IN_BY_EMAIL, normal_email(email))))
    session.execute(
        update(Throttle)
        .where(Throttle.key == _key(SIGN_IN_BY_ADDRESS, network_of(address)), Throttle.failures > 0)
        .values(
            failures=Throttle.failures - 1,
            blocked_until=case(
                (Throttle.failures <= SIGN_IN_BY_ADDRESS.free, None), else_=Throttle.blocked_until
            ),
        )
    )


def forgive_email(session: Session, *, email: str) -> None:
    """After the person proved to own the address: attempts of others no longer slow them down."""
    session.execute(delete(Throttle).where(Throttle.key == _key(SIGN_IN_BY_EMAIL, normal_email(email))))


def forget_old_attempts(session: Session, *, now: datetime) -> int:
    """Remove counts whose window and pause are over; how many."""
    oldest = now - max(limit.window for limit in LIMITS)
    removed = session.execute(
        delete(Throttle)
        .where(
            Throttle.window_started_at < oldest,
            or_(Throttle.blocked_until.is_(None), Throttle.blocked_until < now),
        )
        .returning(Throttle.id)
    )
    return len(removed.all())


def _count(session: Session, limit: Limit, value: str, *, now: datetime, field: str) -> None:
    key = _key(limit, value)
    is_over = Throttle.window_started_at <= now - limit.window
    statement = insert(Throttle).values(key=key, failures=1, window_started_at=now)
    attempts = session.scalar(
        statement.on_conflict_do_update(
            index_elements=["key"],
            set_={
                "failures": case((is_over, 1), else_=Throttle.failures + 1),
                "window_started_at": case((is_over, now), else_=Throttle.window_started_at),
                "blocked_until": None,
            },
            where=or_(Throttle.blocked_until.is_(None), Throttle.blocked_until <= now),
        ).returning(Throttle.failures)
    )
    if attempts is None:
        raise _too_many(session, key, now=now, field=field)
    if pause := limit.pause_after(attempts):
        session.execute(update(Throttle).where(Throttle.key == key).values(blocked_until=now + pause))


def _too_many(session: Session, key: str, *, now: datetime, field: str) -> TooManyAttempts:
    until = session.scalar(select(Throttle.blocked_until).where(Throttle.key == key)) or now
    return TooManyAttempts(
        f"Foram muitas tentativas. Por segurança, tente de novo às {time_br(until + ALMOST_A_MINUTE)}.",
        retry_after=max(1, int((until - now).total_seconds()) + 1),
        field=field,
    )


def _key(limit: Limit, value: str) -> str:
    """Keyed, so that the table tells nobody whose attempts it counts."""
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"throttle:{limit.name}:{value}".encode(), "sha256").hexdigest()
