"""Asking for a signature: the first time, again, of somebody else, and no longer."""

import secrets
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.documents.models import StoredFile
from portal.partners.models import Partner
from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared import tokens
from portal.shared.auth import Actor
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.tokens import ONE_CLICK, LinkToken, Purpose
from portal.signatures import notifications
from portal.signatures.models import Envelope
from portal.signatures.operations.locking import locked_envelope
from portal.signatures.operations.log import log_event
from portal.signatures.rules.refusals import BeingSealed, CannotBeSentAgain
from portal.signatures.rules.signing import VERIFICATION_ALPHABET, VERIFICATION_LENGTH, Signer
from portal.signatures.rules.states import CAN_BE_SENT_AGAIN, EnvelopeState, EventKind


def open_envelope(
    session: Session,
    *,
    file: StoredFile,
    title: str,
    signer: Signer,
    partner: Partner,
    actor: Actor | None,
    now: datetime,
    valid_until: datetime | None = None,
) -> Envelope:
    """Ask one person to sign a stored file: the link leaves by mail after the commit.

    `title` names the file in sentences ("Contrato 000123"). The link works until the end of the day on
    which the validity of the settings ends, or until an instant.
    """
    numbers = settings.values(session)
    envelope = Envelope(
        partner_id=partner.id,
        customer_id=file.customer_id,
        file_id=file.id,
        title=title,
        signer_name=signer.name,
        signer_cpf=signer.cpf,
        signer_email=signer.email,
        signer_phone=signer.phone,
        created_at=now,
        created_by_id=actor.user_id if actor else None,
        expires_at=valid_until or _end_of_validity(numbers[Name.SIGNATURE_VALID_DAYS], now),
        postponements_allowed=numbers[Name.SIGNATURE_POSTPONEMENTS],
        last_asked_at=now,
        verification_code="".join(secrets.choice(VERIFICATION_ALPHABET) for _ in range(VERIFICATION_LENGTH)),
    )
    session.add(envelope)
    session.flush()
    _send(session, locked_envelope(session, envelope.id), EventKind.SENT, actor=actor, now=now)
    return envelope


def resend(session: Session, *, envelope: Envelope, actor: Actor | None, now: datetime) -> Envelope:
    """Mail the link again, with its whole validity from now on; also after it had expired.

    The link stays the same while it works. A second click within seconds sends nothing more.

    Raises:
        BeingSealed: it was signed.
        CannotBeSentAgain: it was declined or canceled.
    """
    envelope = _awaited(session, envelope)
    if envelope.state is EnvelopeState.OPEN and envelope.last_asked_at > now - ONE_CLICK:
        return envelope
    _reopen(session, envelope, now=now)
    _send(session, envelope, EventKind.RESENT, actor=actor, now=now)
    return envelope


def cancel_envelope(
    session: Session, *, envelope: Envelope, reason: str, actor: Actor | None, now: datetime
) -> Envelope:
    """Ask for the signature no longer; the signatory is told. One that had ended otherwise stays so.

    Raises:
        BeingSealed: it was signed; what is signed cannot be taken back.
    """
    envelope = locked_envelope(session, envelope.id)
    if envelope.state in (EnvelopeState.SEALING, EnvelopeState.SIGNED):
        raise BeingSealed
    if envelope.state not in CAN_BE_SENT_AGAIN:
        return envelope
    was_open = envelope.state is EnvelopeState.OPEN
    envelope.state, envelope.cancel_reason = EnvelopeState.CANCELED, reason
    tokens.revoke(session, purpose=Purpose.SIGNATURE, subject_id=envelope.id, now=now)
    event = log_event(session, envelope, EventKind.CANCELED, actor=actor, detail=reason, now=now)
    if was_open:
        notifications.signature_canceled(session, envelope=envelope, cause=event.id, now=now)
    return envelope


def link_of(session: Session, envelope: Envelope, *, now: datetime) -> LinkToken:
    """The link that is out, else a new one that works as long as the envelope."""
    return find_link(session, envelope) or tokens.issue(
        session,
        purpose=Purpose.SIGNATURE,
        subject_id=envelope.id,
        partner_id=envelope.partner_id,
        now=now,
        valid_for=envelope.expires_at - now,
    )


def find_link(session: Session, envelope: Envelope) -> LinkToken | None:
    """The link that is out, which from now on works as long as the envelope."""
    token = tokens.find_shared(session, purpose=Purpose.SIGNATURE, subject_id=envelope.id)
    if token is not None:
        token.expires_at = envelope.expires_at
    return token


def _awaited(session: Session, envelope: Envelope) -> Envelope:
    envelope = locked_envelope(session, envelope.id)
    if envelope.state in (EnvelopeState.SEALING, EnvelopeState.SIGNED):
        raise BeingSealed
    if envelope.state not in CAN_BE_SENT_AGAIN:
        raise CannotBeSentAgain(envelope.state.label)
    return envelope


def _reopen(session: Session, envelope: Envelope, *, now: datetime) -> None:
    envelope.state, envelope.last_asked_at = EnvelopeState.OPEN, now
    envelope.expires_at = _end_of_validity(settings.values(session)[Name.SIGNATURE_VALID_DAYS], now)


def _send(
    session: Session, envelope: Envelope, kind: EventKind, *, actor: Actor | None, now: datetime
) -> None:
    find_link(session, envelope)
    event = log_event(session, envelope, kind, actor=actor, detail=envelope.signer_email, now=now)
    notifications.signature_requested(session, envelope=envelope, cause=event.id, now=now)


def _end_of_validity(days: int, now: datetime) -> datetime:
    return at_sao_paulo(day_of(now) + timedelta(days=days + 1))
