"""Passkeys (WebAuthn). The device signs a challenge of ours; only its public key is kept."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import webauthn
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from portal.shared.environment import environment
from portal.users.models import Passkey, User
from portal.users.operations.challenges import begin_challenge, use_challenge
from portal.users.queries import factors_of
from portal.users.rules.factors import MAX_PASSKEYS, Ceremony, TooManyPasskeys, WrongPasskey

NAME = "Portal do Parceiro"
PREFERRED = UserVerificationRequirement.PREFERRED  # it comes after a password


def options_to_add(session: Session, *, user: User, now: datetime) -> str:
    """What `navigator.credentials.create` needs, as JSON."""
    known = factors_of(session, user.id).passkeys
    if len(known) >= MAX_PASSKEYS:
        raise TooManyPasskeys
    secret = begin_challenge(session, user_id=user.id, ceremony=Ceremony.ADD_PASSKEY, now=now)
    options = webauthn.generate_registration_options(
        rp_id=_host(),
        rp_name=NAME,
        user_id=f"user {user.id}".encode(),
        user_name=user.email,
        user_display_name=user.name,
        challenge=secret.encode(),
        exclude_credentials=_described(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=PREFERRED
        ),
    )
    return options_to_json(options)


def add_passkey(session: Session, *, user: User, answer: str, name: str, now: datetime) -> Passkey:
    """Keep the public key of a new passkey.

    Raises:
        WrongPasskey: the answer is not to a challenge of ours for this person, or is signed wrongly.
        TooManyPasskeys: enough is enough.
    """
    if len(factors_of(session, user.id).passkeys) >= MAX_PASSKEYS:
        raise TooManyPasskeys
    challenge = _take_challenge(session, answer, user_id=user.id, ceremony=Ceremony.ADD_PASSKEY, now=now)
    try:
        made = webauthn.verify_registration_response(
            credential=answer, expected_challenge=challenge, expected_rp_id=_host(), expected_origin=_origin()
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise WrongPasskey from None
    passkey = Passkey(
        user_id=user.id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        name=name,
        created_at=now,
    )
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == passkey.credential_id)):
        raise WrongPasskey
    session.add(passkey)
    session.flush()
    return passkey


def options_to_use(session: Session, *, user: User, now: datetime) -> str:
    """What `navigator.credentials.get` needs, as JSON."""
    secret = begin_challenge(session, user_id=user.id, ceremony=Ceremony.PROVE, now=now)
    options = webauthn.generate_authentication_options(
        rp_id=_host(),
        challenge=secret.encode(),
        allow_credentials=_described(factors_of(session, user.id).passkeys),
        user_verification=PREFERRED,
    )
    return options_to_json(options)


def use_passkey(session: Session, *, user: User, answer: str, now: datetime) -> None:
    """Take a passkey's signature under a challenge, once.

    Raises:
        WrongPasskey: another's key, an old challenge, a wrong signature, a copied key (its count went back).
    """
    challenge = _take_challenge(session, answer, user_id=user.id, ceremony=Ceremony.PROVE, now=now)
    passkey = session.scalar(
        select(Passkey).where(Passkey.user_id == user.id, Passkey.credential_id == _part(answer, "id"))
    )
    if passkey is None:
        raise WrongPasskey
    try:
        proved = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=_host(),
            expected_origin=_origin(),
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        raise WrongPasskey from None
    session.execute(
        update(Passkey)
        .where(Passkey.id == passkey.id)
        .values(sign_count=proved.new_sign_count, last_used_at=now)
    )


def are_possible() -> bool:
    """Whether browsers offer passkeys at the portal's address: not at a bare number."""
    host = _host()
    return not host.replace(".", "").isdigit() and ":" not in host


def _take_challenge(
    session: Session, answer: str, *, user_id: int, ceremony: Ceremony, now: datetime
) -> bytes:
    """The challenge an answer says it is to, used up."""
    try:
        client = json.loads(base64url_to_bytes(str(_part(answer, "response", "clientDataJSON"))))
        secret = base64url_to_bytes(client["challenge"]).decode()
    except (ValueError, TypeError, KeyError, RecursionError):
        raise WrongPasskey from None
    if not use_challenge(session, secret=secret, user_id=user_id, ceremony=ceremony, now=now):
        raise WrongPasskey
    return secret.encode()


def _part(answer: str, *names: str) -> Any:
    """A part of the browser's answer, None when it has no such part."""
    try:
        found: Any = json.loads(answer)
    except (ValueError, RecursionError):
        return None
    for name in names:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def _described(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id)) for each in passkeys]


def _origin() -> str:
    parts = urlsplit(environment().base_url)
    return f"{parts.scheme}://{parts.netloc}"


def _host() -> str:
    return urlsplit(_origin()).hostname or ""
