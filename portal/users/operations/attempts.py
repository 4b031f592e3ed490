"""Slowing down who guesses or asks for costly work: attempts are counted in the database.

A count that strangers can fill never stops a device on which the person signed in before: such a device has
a count of its own. All processes share the counts. An attempt is counted before its password is looked at, by
one statement that also refuses while a pause lasts; parallel attempts therefore never get more than what is
free. The caller commits the count before it goes on: a refused sign-in rolls back, its count must not.
"""

import hmac
from datetime import datetime, timedelta

from sqlalchemy import case, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.shared.environment import environment
from portal.shared.filters import time_br
from portal.shared.refusals import TooManyAttempts
from portal.shared.tokens import hash_secret
from portal.users.models import Throttle
from portal.users.operations.devices import is_known
from portal.users.rules import (
    FILE_CHECK_BY_ADDRESS,
    PROOF_BY_PERSON,
    RESET_BY_ADDRESS,
    RESET_BY_DEVICE,
    RESET_BY_EMAIL,
    SECOND_STEP_BY_DEVICE,
    SECOND_STEP_BY_PERSON,
    SIGN_IN_BY_ADDRESS,
    SIGN_IN_BY_DEVICE,
    SIGN_IN_BY_EMAIL,
    SUBSCRIBER_LINK_BY_ADDRESS,
    SUBSCRIBER_LINK_BY_EMAIL,
    Limit,
    network_of,
    normal_email,
)

LIMITS = (
    SIGN_IN_BY_EMAIL,
    SIGN_IN_BY_ADDRESS,
    SIGN_IN_BY_DEVICE,
    RESET_BY_EMAIL,
    RESET_BY_ADDRESS,
    RESET_BY_DEVICE,
    PROOF_BY_PERSON,
    SECOND_STEP_BY_DEVICE,
    SECOND_STEP_BY_PERSON,
    FILE_CHECK_BY_ADDRESS,
    SUBSCRIBER_LINK_BY_ADDRESS,
    SUBSCRIBER_LINK_BY_EMAIL,
)
ALMOST_A_MINUTE = timedelta(seconds=59)  # a minute shown is never too early


def count_sign_in(
    session: Session, *, email: str, address: str, now: datetime, device: str | None = None
) -> None:
    """Count an attempt to sign in, known e-mail or not. Commit before checking the password.

    `device` is the token of the browser's mark, if it has one.

    Raises:
        TooManyAttempts: at the field `password`; says when to try again.
    """
    if is_known(session, email=email, device=device, now=now):
        _count(session, SIGN_IN_BY_DEVICE, _of_device(email, device), now=now, field="password")
        return
    _count(session, SIGN_IN_BY_ADDRESS, network_of(address), now=now, field="password")
    _count(session, SIGN_IN_BY_EMAIL, normal_email(email), now=now, field="password")


def count_password_reset(
    session: Session, *, email: str, address: str, now: datetime, device: str | None = None
) -> bool:
    """Count a request for a reset link, known e-mail or not; whether another mail may go to this address.

    When not, whoever asks is answered as usual: the mail that others asked for has brought a link.

    Raises:
        TooManyAttempts: one network asks for many people's; at the field `email`, says when to try again.
    """
    if is_known(session, email=email, device=device, now=now):
        return _is_free(session, RESET_BY_DEVICE, _of_device(email, device), now=now)
    _count(session, RESET_BY_ADDRESS, network_of(address), now=now, field="email")
    return _is_free(session, RESET_BY_EMAIL, normal_email(email), now=now)


def count_subscriber_link(session: Session, *, email: str, address: str, now: datetime) -> bool:
    """Count a request for a link to the Central do Assinante; whether another mail may go to this address.

    When not, whoever asks is answered as usual: the mails before have brought a link.

    Raises:
        TooManyAttempts: one network asks for many people's; at the field `email`, says when to try again.
    """
    _count(session, SUBSCRIBER_LINK_BY_ADDRESS, network_of(address), now=now, field="email")
    return _is_free(session, SUBSCRIBER_LINK_BY_EMAIL, normal_email(email), now=now)


def count_proof(session: Session, *, user_id: int, now: datetime, field: str) -> None:
    """Count an attempt of somebody signed in to prove who they are. Commit before checking it.

    Raises:
        TooManyAttempts: at `field`; says when to try again.
    """
    _count(session, PROOF_BY_PERSON, str(user_id), now=now, field=field)


def count_second_step(
    session: Session, *, user_id: int, email: str, device: str | None, now: datetime
) -> None:
    """Count a second step after the right password; only a good one forgives it.

    Raises:
        TooManyAttempts: at the field `code`; says when to try again.
    """
    if is_known(session, email=email, device=device, now=now):
        _count(session, SECOND_STEP_BY_DEVICE, _of_device(email, device), now=now, field="code")
        return
    _count(session, SECOND_STEP_BY_PERSON, str(user_id), now=now, field="code")


def forgive_second_step(session: Session, *, user_id: int, email: str, device: str | None) -> None:
    """After a good second step the person starts anew."""
    _forget(session, SECOND_STEP_BY_DEVICE, _of_device(email, device))
    _forget(session, SECOND_STEP_BY_PERSON, str(user_id))


def forgive_proof(session: Session, *, user_id: int) -> None:
    """After a good proof the person starts anew."""
    _forget(session, PROOF_BY_PERSON, str(user_id))


def count_file_check(session: Session, *, address: str, now: datetime) -> None:
    """Count a file that somebody unknown has checked. Commit before reading it.

    Raises:
        TooManyAttempts: at the field `file`; says when to try again.
    """
    _count(session, FILE_CHECK_BY_ADDRESS, network_of(address), now=now, field="file")


def forgive_sign_in(session: Session, *, email: str, address: str, device: str | None = None) -> None:
    """After the right password: the person starts anew, the address gets its one attempt back.

    Only one, or whoever owns one account could guess at others without end.
    """
    _forget(session, SIGN_IN_BY_EMAIL, normal_email(email))
    _forget(session, SIGN_IN_BY_DEVICE, _of_device(email, device))
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
    _forget(session, SIGN_IN_BY_EMAIL, normal_email(email))


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


def _is_free(session: Session, limit: Limit, value: str, *, now: datetime) -> bool:
    try:
        _count(session, limit, value, now=now, field="")
    except TooManyAttempts:
        return False
    return True


def _forget(session: Session, limit: Limit, value: str) -> None:
    session.execute(delete(Throttle).where(Throttle.key == _key(limit, value)))


def _of_device(email: str, device: str | None) -> str:
    return f"{normal_email(email)} {hash_secret(device or '')}"


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
    secret = environment().secret_key.encode()
    return hmac.new(secret, f"throttle:{limit.name}:{value}".encode(), "sha256").hexdigest()
