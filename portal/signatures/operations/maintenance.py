"""By the calendar: remind who has not signed, and end what nobody signed in time."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared.events import publish
from portal.signatures import notifications
from portal.signatures.events import SignatureExpired
from portal.signatures.models import Envelope
from portal.signatures.operations.locking import locked_envelope
from portal.signatures.operations.log import log_event
from portal.signatures.rules.states import EnvelopeState, EventKind

AT_ONCE = 500


def remind_of_signatures(session: Session, *, now: datetime) -> int:
    """Write again to whom nobody wrote for some days; says how many, `AT_ONCE` when more may wait."""
    days = settings.values(session)[Name.SIGNATURE_REMINDER_DAYS]
    longest_ago = now - timedelta(days=days)
    due = (
        Envelope.state == EnvelopeState.OPEN,
        Envelope.last_asked_at <= longest_ago,
        Envelope.expires_at > now,
    )
    count = 0
    for envelope_id in session.scalars(_ids(*due)).all():
        envelope = locked_envelope(session, envelope_id)
        if envelope.state is not EnvelopeState.OPEN or envelope.last_asked_at > longest_ago:
            continue
        envelope.last_asked_at = now
        event = log_event(session, envelope, EventKind.REMINDED, detail=envelope.signer_email, now=now)
        notifications.signature_reminder(session, envelope=envelope, cause=event.id, now=now)
        count += 1
    return count


def expire_signatures(session: Session, *, now: datetime) -> int:
    """End what was not signed in time; says how many, `AT_ONCE` when more may wait."""
    overdue = _ids(Envelope.state == EnvelopeState.OPEN, Envelope.expires_at <= now)
    count = 0
    for envelope_id in session.scalars(overdue).all():
        envelope = locked_envelope(session, envelope_id)
        if envelope.state is not EnvelopeState.OPEN or envelope.expires_at > now:
            continue
        envelope.state = EnvelopeState.EXPIRED
        envelope.code_hash = envelope.code_expires_at = None
        log_event(session, envelope, EventKind.EXPIRED, now=now)
        publish(session, SignatureExpired(envelope_id=envelope.id, at=now))
        count += 1
    return count


def _ids(*conditions: ColumnElement[bool]) -> Select[int]:
    return select(Envelope.id).where(*conditions).order_by(Envelope.customer_id, Envelope.id).limit(AT_ONCE)
