"""Codes of an authenticator app (TOTP, RFC 6238) and recovery codes."""

import base64
import hmac
import secrets
from datetime import datetime

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from portal.shared.clock import outside
from portal.shared.environment import environment
from portal.shared.tokens import hash_secret
from portal.users.models import RecoveryCode, TotpSecret, User
from portal.users.operations.hashing import company_words
from portal.users.rules.factors import (
    RECOVERY_ALPHABET,
    RECOVERY_CODES,
    RECOVERY_LENGTH,
    TOTP_STEPS_OFF,
    WrongCode,
    in_groups,
)


def begin_totp(session: Session, *, user: User, now: datetime) -> TotpSecret:
    """A new secret for an authenticator app, not in force until `confirm_totp`."""
    row = find_totp(session, user.id)
    if row is None:
        row = TotpSecret(user_id=user.id, last_step=0)
        session.add(row)
    if row.confirmed_at is None:
        row.sealed_secret = _box().encrypt(pyotp.random_base32().encode()).decode()
        row.created_at = now
    session.flush()
    return row


def find_totp(session: Session, user_id: int) -> TotpSecret | None:
    """The person's secret, in force or not."""
    return session.scalar(select(TotpSecret).where(TotpSecret.user_id == user_id))


def secret_of(row: TotpSecret) -> str:
    """The secret itself; "" when it was sealed under another secret key."""
    try:
        return _box().decrypt(row.sealed_secret.encode()).decode()
    except InvalidToken:
        return ""


def address_for_app(row: TotpSecret, user: User) -> str:
    """What the QR code of a new secret says."""
    issuer = f"Portal do Parceiro ({company_words()[0]})"
    return pyotp.TOTP(secret_of(row)).provisioning_uri(name=user.email, issuer_name=issuer)


def use_totp(session: Session, row: TotpSecret, *, code: str, now: datetime) -> None:
    """Take a code of now, once.

    Raises:
        WrongCode: another code, or one whose time has been used.
    """
    totp = pyotp.TOTP(secret_of(row)) if secret_of(row) else None
    present = int(outside(now).timestamp()) // 30
    for step in range(present - TOTP_STEPS_OFF, present + TOTP_STEPS_OFF + 1):
        if totp and hmac.compare_digest(totp.generate_otp(step), code):
            moved = session.execute(
                update(TotpSecret)
                .where(TotpSecret.id == row.id, TotpSecret.last_step < step)
                .values(last_step=step)
                .returning(TotpSecret.id)
            )
            if moved.first():
                return
    raise WrongCode


def make_recovery_codes(session: Session, *, user_id: int, now: datetime) -> list[str]:
    """New codes instead of the old ones. They are told once: only their hashes are kept."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [
        "".join(secrets.choice(RECOVERY_ALPHABET) for _ in range(RECOVERY_LENGTH))
        for _ in range(RECOVERY_CODES)
    ]
    session.add_all(
        RecoveryCode(user_id=user_id, code_hash=hash_secret(code), created_at=now) for code in codes
    )
    session.flush()
    return [in_groups(code) for code in codes]


def use_recovery_code(session: Session, *, user_id: int, code: str, now: datetime) -> None:
    """Take a recovery code, once.

    Raises:
        WrongCode: none of theirs, or used.
    """
    used = session.execute(
        update(RecoveryCode)
        .where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == hash_secret(code),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if used.first() is None:
        raise WrongCode


def _box() -> Fernet:
    key = hmac.digest(environment().secret_key.encode(), b"totp", "sha256")
    return Fernet(base64.urlsafe_b64encode(key))
