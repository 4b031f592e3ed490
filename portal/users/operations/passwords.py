"""Choosing, changing and resetting passwords."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.settings import queries as settings
from portal.settings.rules import Name
from portal.shared import audit, tokens
from portal.shared.auth import Actor
from portal.shared.tokens import Purpose
from portal.users import notifications
from portal.users.models import User
from portal.users.operations.attempts import forgive_email
from portal.users.operations.hashing import company_words, password_hash, password_matches
from portal.users.operations.invitations import send_new_invitation
from portal.users.operations.sessions import end_all_sessions
from portal.users.queries import LINK_MESSAGES, find_user_by_email, get_link, get_user
from portal.users.rules import LinkNotWorking, WrongCurrentPassword
from portal.users.rules.passwords import check_password


def request_password_reset(session: Session, *, email: str, now: datetime) -> None:
    """Mail a link for a new password, if this is somebody's address; nothing tells whether it is.

    Count the request first (`count_password_reset`). Whoever has not accepted the invitation yet
    gets that again.
    """
    user = find_user_by_email(session, email)
    if user is None or user.disabled_at:
        return
    if user.activated_at is None:
        send_new_invitation(session, user=user, actor=None, now=now)
        return
    if tokens.was_just_issued(session, purpose=Purpose.PASSWORD_RESET, subject_id=user.id, now=now):
        return  # a second click; the count of requests made it wait for the first
    link = tokens.issue(
        session,
        purpose=Purpose.PASSWORD_RESET,
        subject_id=user.id,
        partner_id=user.partner_id,
        now=now,
        valid_for=timedelta(minutes=settings.value(session, Name.PASSWORD_RESET_VALID_MINUTES)),
    )
    notifications.send_password_reset(session, user, link=link, now=now)


def reset_password(session: Session, *, secret: str, password: str, now: datetime) -> User:
    """Choose a new password with a mailed link, which is used up; every session of the person ends.

    Raises:
        LinkNotWorking: made up, used, replaced or expired.
        WeakPassword: too easy to guess; the link still works.
    """
    token, user = get_link(session, purpose=Purpose.PASSWORD_RESET, secret=secret, now=now)
    check_password(password, email=user.email, name=user.name, company=company_words())
    if not tokens.use_up(session, token, now=now):
        raise LinkNotWorking(LINK_MESSAGES[Purpose.PASSWORD_RESET])
    _set_password(session, user, password=password, actor=None, now=now)
    end_all_sessions(session, user_id=user.id, now=now)
    forgive_email(session, email=user.email)
    return user


def change_password(
    session: Session, *, current_password: str, password: str, actor: Actor, now: datetime
) -> None:
    """Change one's own password, knowing the present one; every other session of the person ends.

    Count the attempt first (`count_sign_in`).

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
    forgive_email(session, email=user.email)


def _set_password(session: Session, user: User, *, password: str, actor: Actor | None, now: datetime) -> None:
    user.password_hash = password_hash(password)
    tokens.revoke(session, purpose=Purpose.PASSWORD_RESET, subject_id=user.id, now=now)
    audit.record(
        session,
        action="password_changed",
        summary=f"Senha de {user.name} alterada" + ("" if actor else " pelo link enviado por e-mail"),
        subject=user,
        actor=actor,
        actor_label=user.name,
        now=now,
        partner_id=user.partner_id,
    )
    notifications.send_password_changed(session, user, now=now)
