"""Managing people where it touches partners: teams, and who looks after whom."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.partners import rules
from portal.partners.models import Partner
from portal.partners.operations.registration import saved_meanwhile
from portal.partners.queries.partners import list_partners_looked_after
from portal.shared.auth import Actor, Role
from portal.shared.refusals import Missing
from portal.users.models import User
from portal.users.operations.invitations import correct_invitation, invite_user, send_new_invitation
from portal.users.operations.people import change_user, disable_user, enable_user
from portal.users.rules import normal_email


def invite_person(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    partner_id: int | None,
    actor: Actor,
    now: datetime,
) -> User:
    """Invite a person to the vendor's side or to a partner's team.

    Raises:
        Missing: no such partner.
        PartnerDisabled: nobody of this partner may sign in now.
        Forbidden, PartnerNotMatching, EmailTaken: see `users.operations.invite_user`.
    """
    if partner_id is not None:
        partner = session.get(Partner, partner_id)
        if partner is None:
            raise Missing
        if partner.disabled_at:
            raise rules.PartnerDisabled(partner.trade_name)
    return invite_user(
        session, email=email, name=name, role=role, partner_id=partner_id, actor=actor, now=now
    )


def resend_invitation(session: Session, *, user: User, actor: Actor, now: datetime) -> None:
    """Mail the invitation again.

    Raises:
        AlreadyActive: the person has chosen a password.
        PartnerDisabled: nobody of this partner may sign in now.
    """
    _refuse_if_partner_is_disabled(session, user)
    send_new_invitation(session, user=user, actor=actor, now=now)


def change_person(
    session: Session,
    *,
    user: User,
    lock_version: int,
    name: str,
    role: Role,
    email: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Change a person's name and role (`get_person(…, for_update=True)`).

    Another `email` than the one of an open invitation sends it there; None leaves it alone.

    Raises:
        SavedMeanwhile: it is not the version that was opened any more.
        StillLooksAfter: an account manager who has partners stays one.
        OwnAccess: a team's manager does not change the own role.
        RoleOfOtherSide, LastAdmin: see `users.operations.change_user`.
        AlreadyActive, EmailTaken: see `users.operations.correct_invitation`.
        PartnerDisabled: nobody of this partner may sign in now.
    """
    if user.lock_version != lock_version:
        raise saved_meanwhile(session, user)
    if role is not user.role:
        _refuse_own(user, actor)
        _refuse_if_needed(session, user)
    change_user(session, user=user, name=name, role=role, actor=actor, now=now)
    if email is not None and normal_email(email) != user.email:
        _refuse_if_partner_is_disabled(session, user)
        correct_invitation(session, user=user, email=email, actor=actor, now=now)


def disable_person(session: Session, *, user: User, actor: Actor, now: datetime) -> None:
    """Take a person's access away at once (`get_person(…, for_update=True)`).

    Raises:
        StillLooksAfter: an account manager who has partners hands them over first.
        OwnAccess: a team's manager does not lock himself out.
        LastAdmin: nobody else could manage the portal.
    """
    _refuse_own(user, actor)
    _refuse_if_needed(session, user)
    disable_user(session, user=user, actor=actor, now=now)


def enable_person(session: Session, *, user: User, actor: Actor, now: datetime) -> None:
    """Give a disabled person access again."""
    enable_user(session, user=user, actor=actor, now=now)


def _refuse_if_partner_is_disabled(session: Session, user: User) -> None:
    partner = session.get(Partner, user.partner_id) if user.partner_id else None
    if partner and partner.disabled_at:
        raise rules.PartnerDisabled(partner.trade_name)


def _refuse_own(user: User, actor: Actor) -> None:
    if actor.role.of_partner and user.id == actor.user_id:
        raise rules.OwnAccess


def _refuse_if_needed(session: Session, user: User) -> None:
    if partners := list_partners_looked_after(session, user.id):
        raise rules.StillLooksAfter(user.name, list(partners))
