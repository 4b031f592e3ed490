"""Mails to the signatory."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.environment import environment
from portal.shared.mail import absolute_url, queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind, always
from portal.shared.tokens import Purpose
from portal.signatures.models import Envelope
from portal.signatures.rules.signing import COPY_VALID_FOR, code_of, hash_code, shown_verification_code
from portal.signatures.rules.states import EnvelopeState


def signature_requested(session: Session, *, envelope: Envelope, cause: int, now: datetime) -> None:
    """The link. `envelope` with its partner and customer; `cause` is the event that it was sent by."""
    _queue(session, envelope, "signature_request", f"signature-request:{cause}", now=now)


def signature_reminder(session: Session, *, envelope: Envelope, cause: int, now: datetime) -> None:
    """The link once more, because the file waits."""
    _queue(session, envelope, "signature_reminder", f"signature-reminder:{cause}", now=now)


def signing_code(
    session: Session, *, envelope: Envelope, nonce: str, minutes: int, cause: int, now: datetime
) -> None:
    """The code that `nonce` stands for, with which the signatory shows that this mailbox is theirs."""
    facts = {"nonce": nonce, "minutes": minutes}
    key = f"signature-code:{cause}"
    _queue(session, envelope, "signature_code", key, facts=facts, now=now, is_urgent=True)


def signature_completed(session: Session, *, envelope: Envelope, now: datetime) -> None:
    """The signed file is ready: where to keep a copy from, and where anybody can check it."""
    _queue(session, envelope, "signature_completed", f"signature-completed:{envelope.id}", now=now)


def signature_canceled(session: Session, *, envelope: Envelope, cause: int, now: datetime) -> None:
    """Nothing is to be signed any more."""
    _queue(session, envelope, "signature_canceled", f"signature-canceled:{cause}", now=now)


def _queue(session: Session, envelope: Envelope, kind: str, key: str, **more: Any) -> None:
    queue_notice(
        session,
        kind=kind,
        subject_id=envelope.id,
        key=key,
        to=envelope.signer_email,
        to_name=envelope.signer_name,
        partner_id=envelope.partner_id,
        reply_to=envelope.partner.email or None,
        **more,
    )


def _waits_for_signature(session: Session, notice: MailMessage, now: datetime) -> bool:
    envelope = session.get(Envelope, notice.subject_id)
    return envelope is not None and envelope.state is EnvelopeState.OPEN and now < envelope.expires_at


def _is_code_in_use(session: Session, notice: MailMessage, now: datetime) -> bool:
    """One that was used, ran out or was replaced by a newer one opens nothing."""
    envelope = session.get_one(Envelope, notice.subject_id)
    _told, kept = _code_of(notice)
    return (
        _waits_for_signature(session, notice, now)
        and envelope.code_hash == kept
        and envelope.code_expires_at is not None
        and now < envelope.code_expires_at
    )


def _to_sign(session: Session, notice: MailMessage, now: datetime) -> Letter:  # noqa: ARG001 - as every kind's
    envelope = _envelope(session, notice)
    return Letter(
        template=notice.kind,
        context=_context(envelope),
        link=_link(envelope, ends_at=envelope.expires_at),
    )


def _completed(session: Session, notice: MailMessage, now: datetime) -> Letter:
    """With a link of its own: it signs nothing any more, it only gives the copy."""
    envelope = _envelope(session, notice)
    copy_until = now + COPY_VALID_FOR
    context = _context(envelope) | {
        "copy_until": format_date(day_of(copy_until)),
        "verification_code": shown_verification_code(envelope.verification_code),
        "verification_url": absolute_url("signatures.verified", code=envelope.verification_code),
    }
    link = _link(envelope, ends_at=copy_until, is_own=True)
    return Letter(template=notice.kind, context=context, link=link)


def _code(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    """In the row stands how the code is kept, and the code only in the mail itself."""
    code, kept = _code_of(notice)
    context = _context(_envelope(session, notice)) | {"code": kept, "minutes": notice.facts["minutes"]}
    return Letter(template=notice.kind, context=context, secrets={kept: f"{code[:3]} {code[3:]}"})


def _code_of(notice: MailMessage) -> tuple[str, str]:
    """The code, and how it is kept."""
    key, envelope_id = environment().secret_key.encode(), notice.subject_id or 0
    code = code_of(key, envelope_id, notice.facts["nonce"])
    return code, hash_code(key, envelope_id, code)


def _canceled(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    return Letter(template=notice.kind, context=_context(_envelope(session, notice)))


def _envelope(session: Session, notice: MailMessage) -> Envelope:
    everything = (joinedload(Envelope.partner), joinedload(Envelope.customer))
    found = select(Envelope).where(Envelope.id == notice.subject_id).options(*everything)
    return session.scalars(found.execution_options(populate_existing=True)).one()


def _link(envelope: Envelope, *, ends_at: datetime, is_own: bool = False) -> Link:
    return Link(
        purpose=Purpose.SIGNATURE,
        subject_id=envelope.id,
        partner_id=envelope.partner_id,
        endpoint="signatures.sign",
        ends_at=ends_at,
        is_own=is_own,
    )


def _context(envelope: Envelope) -> dict[str, Any]:
    return {
        "name": envelope.signer_name,
        "title": envelope.title,
        "partner": envelope.partner.trade_name,
        "partner_email": envelope.partner.email,
        "customer": envelope.customer.name,
        "last_day": format_date(envelope.last_day),
    }


NOTICES = (
    NoticeKind(name="signature_request", is_needed=_waits_for_signature, write=_to_sign),
    NoticeKind(name="signature_reminder", is_needed=_waits_for_signature, write=_to_sign),
    NoticeKind(name="signature_code", is_needed=_is_code_in_use, write=_code),
    NoticeKind(name="signature_completed", is_needed=always, write=_completed),
    NoticeKind(name="signature_canceled", is_needed=always, write=_canceled),
)
