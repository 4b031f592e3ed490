"""Choosing, changing and resetting passwords."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared import audit, tokens
from portal.shared.auth import Actor
from portal.shared.mail import was_just_queued
from portal.shared.queue import enqueue
from portal.shared.tokens import Purpose
from portal.users import notifications
from portal.users.models import AccessEvent, PasswordResetRequest, User
from portal.users.operations.attempts import forgive_email, forgive_proof
from portal.users.operations.devices import forget_devices
from portal.users.operations.hashing import company_words, password_hash, password_matches
from portal.users.operations.history import record_access
from portal.users.operations.invitations import send_new_invitation
from portal.users.operations.sessions import end_all_sessions
from portal.users.queries import LINK_MESSAGES, find_user_by_email, get_link, get_user, lock_user
from portal.users.rules import (
    ANSWER_RESET_REQUEST,
    NOWHERE,
    AccessKind,
    LinkNotWorking,
    Origin,
    WrongCurrentPassword,
    normal_email,
)
from portal.users.rules.passwords import check_password


def request_password_reset(session: Session, *, email: str, origin: Origin, now: datetime) -> None:
    """Have a link for a new password mailed, if this is somebody's address.

    Count the request first (`count_password_reset`). Whether it is somebody's is looked up later, by the
    queue: the same is done here for every address, so that not even the time of the answer tells.
    """
    request = PasswordResetRequest(
        email=normal_email(email), asked_at=now, address=origin.address, device=origin.device
    )
    session.add(request)
    session.flush()
    enqueue(session, ANSWER_RESET_REQUEST, subject_id=request.id, now=now)


def answer_password_reset(session: Session, *, request_id: int, now: datetime) -> None:
    """Owe the link that somebody asked for, once; one sent before stops working now.

    Whoever has not accepted the invitation yet gets that again.
    """
    request = session.get(PasswordResetRequest, request_id, with_for_update=True)
    if request is None:
        return
    user, asked_at = find_user_by_email(session, request.email), request.asked_at
    session.add(
        AccessEvent(
            at=asked_at,
            kind=AccessKind.RESET_ASKED,
            user_id=user.id if user else None,
            address=request.address,
            device=request.device,
        )
    )
    session.delete(request)
    if user is None or user.disabled_at:
        return
    if user.activated_at is None:
        send_new_invitation(session, user=get_user(session, user.id, for_update=True), actor=None, now=now)
        return
    if was_just_queued(session, kind="password_reset", subject_id=user.id, now=now):
        return  # a second click
    tokens.revoke(session, purpose=Purpose.PASSWORD_RESET, subject_id=user.id, now=now)
    notifications.send_password_reset(session, user, now=now)


def reset_password(
    session: Session, *, secret: str, password: str, origin: Origin = NOWHERE, now: datetime
) -> User:
    """Choose a new password with a mailed link, which is used up; every session of the person ends.

    Raises:
        LinkNotWorking: made up, used, replaced or expired.
        WeakPassword: too easy to guess; the link still works.
    """
    token, user = get_link(session, purpose=Purpose.PASSWORD_RESET, secret=secret, now=now)
    check_password(password, email=user.email, name=user.name, company=company_words())
    lock_user(session, user)  # before the link, as whoever disables or mails a person
    if not tokens.consume(session, token, now=now):
        raise LinkNotWorking(LINK_MESSAGES[Purpose.PASSWORD_RESET])
    _set_password(session, user, password=password, actor=None, now=now)
    end_all_sessions(session, user_id=user.id, now=now)
    record_access(session, AccessKind.PASSWORD_RESET, user_id=user.id, origin=origin, now=now)
    forgive_email(session, email=user.email)
    return user


def change_password(
    session: Session,
    *,
    current_password: str,
    password: str,
    actor: Actor,
    origin: Origin = NOWHERE,
    now: datetime,
) -> None:
    """Change one's own password, knowing the present one; every other session of the person ends.

    Count the attempt first (`count_proof`).

    Raises:
        WrongCurrentPassword: the present password is another one.
        WeakPassword: the new one is too easy to guess.
    """
    user = get_user(session, actor.user_id, for_update=True)
    if not password_matches(user.password_hash, current_password):
        raise WrongCurrentPassword
    check_password(password, email=user.email, name=user.name, company=company_words())
    _set_password(session, user, password=password, actor=actor, now=now)
    end_all_sessions(session, user_id=user.id, now=now, except_token=actor.session_token)
    record_access(session, AccessKind.PASSWORD_CHANGED, user_id=user.id, origin=origin, now=now)
    forgive_proof(session, user_id=user.id)


def _set_password(session: Session, user: User, *, password: str, actor: Actor | None, now: datetime) -> None:
    user.password_hash = password_hash(password)
    forget_devices(session, user_id=user.id)
    tokens.revoke(session, purpose=Purpose.PASSWORD_RESET, subject_id=user.id, now=now)
    audit.record(
        session,
        action="password_changed",
        summary=f"Senha de {user.name} alterada" + ("" if actor else " pelo link enviado por e-mail"),
        subject=user,
        actor=actor,
        actor_label=user.name,
        now=now,
    )
    notifications.send_password_changed(session, user, now=now)
