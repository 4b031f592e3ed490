"""Reads of the users room. Who may see whom is decided in the partners room, which knows teams."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared import tokens
from portal.shared.auth import Role
from portal.shared.brazil import folded
from portal.shared.lists import DAYS, ListRequest, ListSpec, contains, within_days
from portal.shared.refusals import Missing
from portal.shared.tokens import LinkToken, Purpose
from portal.users.models import AccessEvent, Passkey, RecoveryCode, TotpSecret, User, UserSession
from portal.users.rules import AccessKind, LinkNotWorking, normal_email

LINK_MESSAGES = {
    Purpose.INVITATION: "Este convite não vale mais. Peça outro a quem convidou você.",
    Purpose.PASSWORD_RESET: "Este link não vale mais. Peça outro para escolher sua nova senha.",
}


def get_user(session: Session, user_id: int, *, for_update: bool = False) -> User:
    """A person.

    Raises:
        Missing: nobody has this id.
    """
    lock = {"key_share": True} if for_update else None  # what names this person meanwhile need not wait
    user = session.get(User, user_id, with_for_update=lock, populate_existing=for_update)
    if user is None:
        raise Missing
    return user


def lock_user(session: Session, user: User) -> None:
    """Lock somebody who was loaded before, and read what changed since."""
    session.execute(select(User.id).where(User.id == user.id).with_for_update(key_share=True))
    session.refresh(user)


def find_user_by_email(session: Session, email: str) -> User | None:
    """Who signs in with this address, however it was typed."""
    return session.scalar(select(User).where(User.email == normal_email(email)))


def list_active_among(session: Session, emails: Sequence[str]) -> set[str]:
    """Those of these addresses with which somebody can sign in now."""
    can = User.email.in_(emails), User.disabled_at.is_(None), User.activated_at.is_not(None)
    return set(session.scalars(select(User.email).where(*can)))


def list_active_admins(session: Session) -> Sequence[int]:
    """The ids of those who can manage the portal, locked until this transaction ends."""
    return session.scalars(
        select(User.id)
        .where(User.role == Role.ADMIN, User.disabled_at.is_(None), User.activated_at.is_not(None))
        .order_by(User.id)
        .with_for_update(key_share=True)
    ).all()


def list_open_sessions(session: Session, *, user_id: int, now: datetime) -> Sequence[UserSession]:
    """Where this person is signed in, the newest first."""
    idle = timedelta(hours=settings.value(session, Name.SESSION_IDLE_HOURS))
    return session.scalars(
        select(UserSession)
        .where(UserSession.user_id == user_id, UserSession.ended_at.is_(None), UserSession.expires_at > now)
        .where(UserSession.last_seen_at > now - idle)
        .order_by(UserSession.created_at.desc(), UserSession.id.desc())
    ).all()


def list_latest_accesses(session: Session, *, user_id: int, count: int) -> Sequence[AccessEvent]:
    """The latest that happened to a person's access, the newest first."""
    return session.scalars(
        select(AccessEvent)
        .where(AccessEvent.user_id == user_id)
        .order_by(AccessEvent.at.desc(), AccessEvent.id.desc())
        .limit(count)
    ).all()


ACCESS_LIST = ListSpec(
    sorts={"quando": AccessEvent.at}, default="-quando", filters={"tipo": AccessKind, **DAYS}
)


def access_list(request: ListRequest) -> Select[AccessEvent, str, str, str]:
    """The accesses a list asks for: (AccessEvent, name, e-mail, name of who did it). For administrators."""
    by = aliased(User)
    statement = (
        select(AccessEvent, User.name.label("name"), User.email.label("email"), by.name.label("by"))
        .outerjoin(User, User.id == AccessEvent.user_id)
        .outerjoin(by, by.id == AccessEvent.by_id)
        .where(*(contains(User.search_text, word) for word in folded(request.search).split()))
        .where(*within_days(request, AccessEvent.at))
    )
    if kind := request.filter("tipo"):
        statement = statement.where(AccessEvent.kind == AccessKind(kind))
    return statement


def find_holder(session: Session, session_token: str) -> int | None:
    """The id of the person to whom a session was given, also when it has ended."""
    return session.scalar(
        select(UserSession.user_id).where(UserSession.token_hash == tokens.hash_secret(session_token))
    )


@dataclass(frozen=True, slots=True)
class Factors:
    """A person's second factor: passkeys, since when an app is in force, recovery codes left."""

    passkeys: Sequence[Passkey]
    totp_since: datetime | None
    recovery_codes: int


def factors_of(session: Session, user_id: int) -> Factors:
    """What proves, beside the password, who a person is."""
    unused = select(func.count(RecoveryCode.id)).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return Factors(
        passkeys=session.scalars(
            select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)
        ).all(),
        totp_since=session.scalar(select(TotpSecret.confirmed_at).where(TotpSecret.user_id == user_id)),
        recovery_codes=session.scalar(unused) or 0,
    )


def has_chosen_password(session: Session, user_id: int, *, since: datetime) -> bool:
    """Whether a person changed the password, or chose a new one with a link, at this time or later."""
    chosen = select(AccessEvent.id).where(
        AccessEvent.user_id == user_id,
        AccessEvent.kind.in_([AccessKind.PASSWORD_CHANGED, AccessKind.PASSWORD_RESET]),
        AccessEvent.at >= since,
    )
    return session.scalar(chosen.limit(1)) is not None


def get_link(session: Session, *, purpose: Purpose, secret: str, now: datetime) -> tuple[LinkToken, User]:
    """The link of an invitation or password reset, and whom it is for. Changes nothing.

    Raises:
        LinkNotWorking: made up, used, replaced or expired, or the person was disabled.
    """
    token = tokens.find(session, purpose=purpose, secret=secret)
    user = session.get(User, token.subject_id) if token else None
    if token is None or user is None or user.disabled_at or not tokens.is_valid(token, now):
        raise LinkNotWorking(LINK_MESSAGES[purpose])
    return token, user
