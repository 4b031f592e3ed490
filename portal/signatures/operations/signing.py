"""The signatory's own act: agree, get a code, confirm."""

import hmac
import secrets
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared import queue, tokens
from portal.shared.environment import environment
from portal.shared.events import publish
from portal.shared.filters import time_br
from portal.shared.tokens import LinkToken
from portal.signatures import notifications
from portal.signatures.events import SignatureGiven
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.operations.locking import locked_for_signer
from portal.signatures.operations.log import log_event
from portal.signatures.rules.refusals import (
    CodeJustSent,
    CodeNoLongerWorks,
    EnvelopeClosed,
    NotAgreed,
    NotTheSignatory,
    WrongCode,
)
from portal.signatures.rules.signing import (
    CODE_ATTEMPTS,
    CODE_PAUSE,
    CODES_AN_HOUR,
    SEAL_DOCUMENT,
    Visitor,
    code_of,
    hash_code,
    is_same_person,
)
from portal.signatures.rules.states import EnvelopeState, EventKind, LinkStatus

ALMOST_A_MINUTE = timedelta(seconds=59)  # a minute shown is never too early


def agree_to_terms(session: Session, *, token: LinkToken, visitor: Visitor, now: datetime) -> Envelope:
    """The signatory read the file and agrees to its terms; a code leaves by mail, unless one just did.

    Raises:
        EnvelopeClosed: it can no longer be signed.
        CodeJustSent: too many codes were sent within the hour.
    """
    envelope = locked_for_signer(session, token, now=now)
    if envelope.agreed_at is not None and _is_fresh(envelope, now):
        return envelope  # pressed twice
    seen = session.scalar(
        select(EnvelopeEvent.id).filter_by(envelope_id=envelope.id, kind=EventKind.VIEWED).limit(1)
    )
    if seen is None:  # the whole file stands in the page that was agreed to
        log_event(session, envelope, EventKind.VIEWED, visitor=visitor, now=now)
    envelope.agreed_at = now
    log_event(session, envelope, EventKind.AGREED, visitor=visitor, now=now)
    _mail_code(session, envelope, visitor=visitor, now=now)
    return envelope


def send_code(session: Session, *, token: LinkToken, visitor: Visitor, now: datetime) -> Envelope:
    """Mail a new code; the one before no longer works.

    Raises:
        EnvelopeClosed: it can no longer be signed.
        NotAgreed: the terms were not accepted yet.
        CodeJustSent: a code left within the last minute, or too many within the hour.
    """
    envelope = locked_for_signer(session, token, now=now)
    if envelope.agreed_at is None:
        raise NotAgreed
    if envelope.code_sent_at and now < envelope.code_sent_at + CODE_PAUSE:
        raise _just_sent(envelope.code_sent_at + CODE_PAUSE, now=now)
    _mail_code(session, envelope, visitor=visitor, now=now)
    return envelope


def confirm_signature(
    session: Session,
    *,
    token: LinkToken,
    full_name: str,
    cpf: str,
    code: str,
    visitor: Visitor,
    now: datetime,
) -> Envelope:
    """The registered signatory signs; of two at once, one does. The sealed file is made after the commit.

    `cpf` and `code` without punctuation. Each call but a refused one for its state uses up an attempt of
    the code: the caller commits also after `NotTheSignatory` and `WrongCode`, or guessing would be free.

    Raises:
        EnvelopeClosed: it was signed, declined, canceled, has expired, or the link was replaced.
        NotAgreed: the terms were not accepted.
        CodeNoLongerWorks: too old, tried five times, replaced or never sent.
        NotTheSignatory: another name or CPF than the registered ones.
        WrongCode: not the code mailed last.
        Refusal: what is signed does not hold any more, as whoever reacts to `SignatureGiven` says.
    """
    envelope = locked_for_signer(session, token, now=now)
    if envelope.agreed_at is None:
        raise NotAgreed
    _require_usable_code(envelope, now)
    envelope.code_attempts += 1
    left = CODE_ATTEMPTS - envelope.code_attempts
    if not is_same_person(envelope.signer, full_name=full_name, cpf=cpf):
        log_event(session, envelope, EventKind.CODE_REFUSED, visitor=visitor, detail="nome ou CPF", now=now)
        raise NotTheSignatory(left)
    if not hmac.compare_digest(_hash(envelope, code), envelope.code_hash or ""):
        log_event(session, envelope, EventKind.CODE_REFUSED, visitor=visitor, detail="código", now=now)
        raise WrongCode(left)
    if not tokens.consume(session, token, now=now):
        raise EnvelopeClosed(LinkStatus.REPLACED)
    envelope.code_hash = envelope.code_expires_at = None
    envelope.state, envelope.signed_at = EnvelopeState.SEALING, now
    log_event(session, envelope, EventKind.CODE_VERIFIED, visitor=visitor, now=now)
    log_event(session, envelope, EventKind.SIGNED, visitor=visitor, detail=full_name, now=now)
    queue.enqueue(session, SEAL_DOCUMENT, subject_id=envelope.id, now=now)
    publish(session, SignatureGiven(envelope_id=envelope.id, at=now))
    return envelope


def _mail_code(session: Session, envelope: Envelope, *, visitor: Visitor, now: datetime) -> None:
    _require_code_allowance(session, envelope, now)
    minutes = settings.values(session)[Name.SIGNING_CODE_MINUTES]
    nonce = secrets.token_urlsafe(16)  # the code itself is made when its mail leaves, and kept nowhere
    envelope.code_hash = _hash(envelope, code_of(environment().secret_key.encode(), envelope.id, nonce))
    envelope.code_attempts = 0
    envelope.code_sent_at, envelope.code_expires_at = now, now + timedelta(minutes=minutes)
    event = log_event(
        session, envelope, EventKind.CODE_SENT, visitor=visitor, detail=envelope.signer_email, now=now
    )
    notifications.signing_code(
        session, envelope=envelope, nonce=nonce, minutes=minutes, cause=event.id, now=now
    )


def _require_code_allowance(session: Session, envelope: Envelope, now: datetime) -> None:
    since = now - timedelta(hours=1)
    count, first = session.execute(
        select(func.count(), func.min(EnvelopeEvent.at)).where(
            EnvelopeEvent.envelope_id == envelope.id,
            EnvelopeEvent.kind == EventKind.CODE_SENT,
            EnvelopeEvent.at > since,
        )
    ).one()
    if count >= CODES_AN_HOUR:
        raise _just_sent(first + timedelta(hours=1), now=now)


def _require_usable_code(envelope: Envelope, now: datetime) -> None:
    expires_at = envelope.code_expires_at
    if not envelope.code_hash or expires_at is None or now >= expires_at:
        raise CodeNoLongerWorks
    if envelope.code_attempts >= CODE_ATTEMPTS:
        raise CodeNoLongerWorks


def _is_fresh(envelope: Envelope, now: datetime) -> bool:
    """Whether the code mailed last can still be used and is too young to mail another."""
    sent_at = envelope.code_sent_at
    return bool(envelope.code_hash and sent_at and now < sent_at + CODE_PAUSE)


def _just_sent(until: datetime, *, now: datetime) -> CodeJustSent:
    return CodeJustSent(
        time_br(until + ALMOST_A_MINUTE), retry_after=max(1, int((until - now).total_seconds()) + 1)
    )


def _hash(envelope: Envelope, code: str) -> str:
    return hash_code(environment().secret_key.encode(), envelope.id, code)
