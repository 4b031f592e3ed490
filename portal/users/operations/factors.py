"""A person's second factor: adding and removing it, and proving with it who one is."""

from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.refusals import Missing
from portal.shared.tokens import hash_secret
from portal.users import notifications
from portal.users.models import Passkey, RecoveryCode, TotpSecret, User, UserSession
from portal.users.operations.codes import find_totp, make_recovery_codes, use_recovery_code, use_totp
from portal.users.operations.hashing import password_matches
from portal.users.operations.history import record_access
from portal.users.operations.passkeys import add_passkey, use_passkey
from portal.users.operations.sessions import end_all_sessions
from portal.users.rules import AccessKind, Origin
from portal.users.rules.factors import OwnFactors, Proof, WrongCode, WrongPassword, is_totp, plain_code

APP = "Aplicativo de códigos"


def confirm_totp(
    session: Session, *, user: User, code: str, origin: Origin, now: datetime
) -> list[str] | None:
    """Put an app's secret in force with its first code; recovery codes when it is the first factor.

    Raises:
        WrongCode: the app shows another code now.
    """
    row = find_totp(session, user.id)
    if row is None or row.confirmed_at:
        raise WrongCode
    use_totp(session, row, code=plain_code(code), now=now)
    row.confirmed_at = now
    return _added(session, user, APP, origin=origin, now=now)


def register_passkey(
    session: Session, *, user: User, answer: str, name: str, origin: Origin, now: datetime
) -> list[str] | None:
    """Add a passkey; recovery codes when it is the first factor.

    Raises:
        WrongPasskey, TooManyPasskeys: see `passkeys.add_passkey`.
    """
    add_passkey(session, user=user, answer=answer, name=name, now=now)
    return _added(session, user, f"Chave de acesso {name}", origin=origin, now=now)


def remove_totp(session: Session, *, user: User, origin: Origin, now: datetime) -> None:
    """Take an app's secret out of force; nothing when there is none."""
    row = find_totp(session, user.id)
    if row is None:
        return
    was_in_force = row.confirmed_at is not None
    session.delete(row)
    session.flush()
    if was_in_force:
        _removed(session, user, APP, origin=origin, now=now)


def remove_passkey(session: Session, *, user: User, passkey_id: int, origin: Origin, now: datetime) -> None:
    """Take one of the person's passkeys away.

    Raises:
        Missing: it is not theirs.
    """
    own = delete(Passkey).where(Passkey.id == passkey_id, Passkey.user_id == user.id)
    name = session.scalar(own.returning(Passkey.name))
    if name is None:
        raise Missing
    _removed(session, user, f"Chave de acesso {name}", origin=origin, now=now)


def renew_recovery_codes(session: Session, *, user: User, now: datetime) -> list[str]:
    """New recovery codes; the old ones stop working.

    Raises:
        Missing: without a second factor there is nothing to recover.
    """
    if user.second_factor_since is None:
        raise Missing
    return make_recovery_codes(session, user_id=user.id, now=now)


def reset_factors(session: Session, *, user: User, actor: Actor, origin: Origin, now: datetime) -> None:
    """Take the whole second factor of somebody who lost the device away; the person is told.

    Their sessions end. With the password they come in again, and add a new one where the role requires it.
    Nothing happens to somebody without one.

    Raises:
        OwnFactors: another person does this.
    """
    if user.id == actor.user_id:
        raise OwnFactors
    if user.second_factor_since is None:
        return
    for table in (Passkey, TotpSecret, RecoveryCode):
        session.execute(delete(table).where(table.user_id == user.id))
    user.second_factor_since = None
    end_all_sessions(session, user_id=user.id, now=now)
    record_access(
        session, AccessKind.FACTORS_RESET, user_id=user.id, origin=origin, by_id=actor.user_id, now=now
    )
    audit.record(
        session,
        action="second_factor_reset",
        summary=f"Segunda etapa de {user.name} retirada",
        subject=user,
        actor=actor,
        now=now,
    )
    notifications.send_factor_notice(session, user, what=f"retirada por {actor.name}", now=now)


def prove(
    session: Session, *, user: User, code: str = "", passkey: str = "", password: str = "", now: datetime
) -> Proof:
    """Whether it is this person: by the second factor, or by the password where there is none.

    Count the attempt first (`count_proof`, `count_second_step`).

    Raises:
        WrongCode, WrongPasskey, WrongPassword: it proves nothing.
    """
    if user.second_factor_since is None:
        if not password_matches(user.password_hash, password):
            raise WrongPassword
        return Proof.PASSWORD
    if passkey:
        use_passkey(session, user=user, answer=passkey, now=now)
        return Proof.PASSKEY
    plain = plain_code(code)
    if is_totp(plain):
        row = find_totp(session, user.id)
        if row is None or row.confirmed_at is None:
            raise WrongCode
        use_totp(session, row, code=plain, now=now)
        return Proof.TOTP
    use_recovery_code(session, user_id=user.id, code=plain, now=now)
    notifications.send_factor_notice(session, user, what="contornada com um código de recuperação", now=now)
    return Proof.RECOVERY_CODE


def note_confirmation(session: Session, *, session_token: str, now: datetime) -> None:
    """Keep in the session's row that its person just proved who they are."""
    is_this = UserSession.token_hash == hash_secret(session_token)
    session.execute(update(UserSession).where(is_this).values(confirmed_at=now))


def _added(session: Session, user: User, what: str, *, origin: Origin, now: datetime) -> list[str] | None:
    is_first = user.second_factor_since is None
    user.second_factor_since = user.second_factor_since or now
    _tell(session, user, what, AccessKind.FACTOR_ADDED, origin=origin, now=now)
    return make_recovery_codes(session, user_id=user.id, now=now) if is_first else None


def _removed(session: Session, user: User, what: str, *, origin: Origin, now: datetime) -> None:
    confirmed = TotpSecret.user_id == user.id, TotpSecret.confirmed_at.is_not(None)
    left = session.scalar(select(func.count(TotpSecret.id)).where(*confirmed)) or session.scalar(
        select(func.count(Passkey.id)).where(Passkey.user_id == user.id)
    )
    if not left:
        user.second_factor_since = None
        session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    _tell(session, user, what, AccessKind.FACTOR_REMOVED, origin=origin, now=now)


def _tell(
    session: Session, user: User, what: str, kind: AccessKind, *, origin: Origin, now: datetime
) -> None:
    verb = "adicionada" if kind is AccessKind.FACTOR_ADDED else "removida"
    record_access(session, kind, user_id=user.id, origin=origin, now=now)
    audit.record(
        session,
        action=f"second_{kind.value}",
        summary=f"Segunda etapa de {user.name} {verb}: {what}",
        subject=user,
        actor=None,
        actor_label=user.name,
        now=now,
    )
    notifications.send_factor_notice(session, user, what=f"{verb}: {what}", now=now)
