"""How people come in: an invitation by mail, accepted by choosing a password."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.shared import audit, tokens
from portal.shared.auth import Actor, Role
from portal.shared.mail import was_just_queued
from portal.shared.refusals import Forbidden
from portal.shared.tokens import Purpose
from portal.users import notifications
from portal.users.models import User
from portal.users.operations.hashing import company_words, password_hash
from portal.users.queries import LINK_MESSAGES, find_user_by_email, get_link, lock_user
from portal.users.rules import (
    AlreadyActive,
    EmailTaken,
    LinkNotWorking,
    check_partner_of_role,
    normal_email,
)
from portal.users.rules.passwords import check_password


def invite_user(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    partner_id: int | None = None,
    actor: Actor | None,
    now: datetime,
    with_mail: bool = True,
) -> User:
    """Register a person and mail the invitation. `actor` is None for the command and demo data.

    Raises:
        Forbidden: people of a reseller invite to their own team only.
        PartnerNotMatching: the role needs a partner, or may not have one.
        EmailTaken: somebody signs in with this address, whether active, invited or disabled.
    """
    if actor and actor.role.of_partner and (not role.of_partner or partner_id != actor.partner_id):
        raise Forbidden
    check_partner_of_role(of_partner=role.of_partner, partner_id=partner_id)
    if find_user_by_email(session, email):
        raise EmailTaken
    user = User(
        email=normal_email(email), name=name.strip(), role=role, partner_id=partner_id, invited_at=now
    )
    try:
        with session.begin_nested():
            session.add(user)
    except IntegrityError:
        raise EmailTaken from None  # invited by somebody else at the same moment
    _record(
        session, "user_invited", f"{user.name} recebeu convite como {role.label}", user, actor=actor, now=now
    )
    if with_mail:
        _send(session, user, actor=actor, now=now)
    return user


def send_new_invitation(session: Session, *, user: User, actor: Actor | None, now: datetime) -> None:
    """Mail the invitation again; the link sent before stops working. A second click sends nothing more.

    `user` is locked (see `get_user`), so that the second click waits for the first.

    Raises:
        AlreadyActive: the person has chosen a password.
    """
    if user.activated_at:
        raise AlreadyActive(user.name)
    if was_just_queued(session, kind="invitation", subject_id=user.id, now=now):
        return
    user.invited_at = now
    _record(
        session, "invitation_resent", f"Convite de {user.name} enviado de novo", user, actor=actor, now=now
    )
    _send(session, user, actor=actor, now=now)


def correct_invitation(
    session: Session, *, user: User, email: str, actor: Actor | None, now: datetime
) -> None:
    """Invite the person at another address; the link sent to the wrong one stops working at once.

    `user` is locked (see `get_user`).

    Raises:
        AlreadyActive: the person signs in with this address and keeps it.
        EmailTaken: somebody else signs in with the new one.
    """
    if user.activated_at:
        raise AlreadyActive(user.name)
    if find_user_by_email(session, email):
        raise EmailTaken
    try:
        with session.begin_nested():
            user.email, user.invited_at = normal_email(email), now
    except IntegrityError:
        raise EmailTaken from None  # taken by somebody else at the same moment
    summary = f"E-mail do convite de {user.name} corrigido"
    _record(session, "invitation_corrected", summary, user, actor=actor, now=now)
    _send(session, user, actor=actor, now=now)


def accept_invitation(session: Session, *, secret: str, password: str, now: datetime) -> User:
    """Choose the first password with a mailed invitation, which is used up.

    Raises:
        LinkNotWorking: made up, used, replaced or expired.
        WeakPassword: too easy to guess; the link still works.
    """
    token, user = get_link(session, purpose=Purpose.INVITATION, secret=secret, now=now)
    check_password(password, email=user.email, name=user.name, company=company_words())
    lock_user(session, user)  # before the link, as whoever disables or mails a person
    if not tokens.consume(session, token, now=now):
        raise LinkNotWorking(LINK_MESSAGES[Purpose.INVITATION])
    return activate_user(session, user=user, hashed_password=password_hash(password), now=now)


def activate_user(session: Session, *, user: User, hashed_password: str, now: datetime) -> User:
    """Let an invited person sign in, with the hash of a password that was checked before."""
    user.password_hash, user.activated_at = hashed_password, now
    tokens.revoke(session, purpose=Purpose.INVITATION, subject_id=user.id, now=now)
    _record(session, "user_activated", f"{user.name} aceitou o convite", user, actor=None, now=now)
    return user


def _send(session: Session, user: User, *, actor: Actor | None, now: datetime) -> None:
    """What was sent before stops working now; the new link is made when the mail leaves."""
    tokens.revoke(session, purpose=Purpose.INVITATION, subject_id=user.id, now=now)
    notifications.send_invitation(session, user, invited_by=actor.name if actor else "", now=now)


def _record(
    session: Session, action: str, summary: str, user: User, *, actor: Actor | None, now: datetime
) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=user,
        actor=actor,
        actor_label=user.name if action == "user_activated" else "",
        now=now,
    )
