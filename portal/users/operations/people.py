"""Changing who may do what. Each change shows in the log of the person's partner, or of the house."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared import audit, tokens
from portal.shared.auth import Actor, Role
from portal.shared.tokens import Purpose
from portal.users.models import User
from portal.users.operations.sessions import end_all_sessions
from portal.users.queries import get_user, list_active_admins
from portal.users.rules import LastAdmin, RoleOfOtherSide


def rename_user(session: Session, *, name: str, actor: Actor, now: datetime) -> None:
    """Change one's own name."""
    user = get_user(session, actor.user_id, for_update=True)
    if name == user.name:
        return
    before, user.name = user.name, name
    _record(session, "user_renamed", f"{before} passou a se chamar {name}", user, actor=actor, now=now)


def change_user(session: Session, *, user: User, name: str, role: Role, actor: Actor, now: datetime) -> None:
    """Change a person's name and role.

    Raises:
        RoleOfOtherSide: people of a reseller stay with it, people of the vendor too.
        LastAdmin: nobody else could manage the portal.
    """
    if role.of_partner != user.role.of_partner:
        raise RoleOfOtherSide
    if role is not user.role:
        _keep_an_admin(session, user)
        summary = f"Perfil de {user.name}: de {user.role.label} para {role.label}"
        user.role = role
        _record(session, "user_role_changed", summary, user, actor=actor, now=now)
    if name != user.name:
        before, user.name = user.name, name
        _record(session, "user_renamed", f"{before} passou a se chamar {name}", user, actor=actor, now=now)


def disable_user(session: Session, *, user: User, actor: Actor, now: datetime) -> None:
    """Take a person's access away at once: sessions end, links stop working. Doing it again changes nothing.

    Raises:
        LastAdmin: nobody else could manage the portal.
    """
    if user.disabled_at:
        return
    _keep_an_admin(session, user)
    user.disabled_at = now
    end_all_sessions(session, user_id=user.id, now=now)
    for purpose in (Purpose.INVITATION, Purpose.PASSWORD_RESET):
        tokens.revoke(session, purpose=purpose, subject_id=user.id, now=now)
    _record(session, "user_disabled", f"Acesso de {user.name} desativado", user, actor=actor, now=now)


def enable_user(session: Session, *, user: User, actor: Actor, now: datetime) -> None:
    """Give a disabled person access again, with the password they had."""
    if user.disabled_at is None:
        return
    user.disabled_at = None
    _record(session, "user_enabled", f"Acesso de {user.name} reativado", user, actor=actor, now=now)


def _keep_an_admin(session: Session, user: User) -> None:
    if list(list_active_admins(session)) == [user.id]:
        raise LastAdmin


def _record(session: Session, action: str, summary: str, user: User, *, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        action=action,
        summary=summary,
        subject=user,
        actor=actor,
        now=now,
    )
