"""Opening the link: it is written down and changes nothing else. Who is no reader is sorted out before."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared.tokens import LinkToken
from portal.signatures.models import EnvelopeEvent
from portal.signatures.operations.locking import locked_envelope
from portal.signatures.operations.log import log_event
from portal.signatures.rules.signing import ONE_VISIT, Visitor
from portal.signatures.rules.states import EnvelopeState, EventKind


def record_opening(session: Session, *, token: LinkToken, visitor: Visitor, now: datetime) -> bool:
    """Remember that somebody opened the link; True when it counted. Again within half an hour does not."""
    return _record(session, token, EventKind.OPENED, visitor, now=now)


def record_viewing(session: Session, *, token: LinkToken, visitor: Visitor, now: datetime) -> bool:
    """Remember that somebody had the file itself shown; True when it counted, as `record_opening`."""
    return _record(session, token, EventKind.VIEWED, visitor, now=now)


def _record(session: Session, token: LinkToken, kind: EventKind, visitor: Visitor, *, now: datetime) -> bool:
    envelope = locked_envelope(session, token.subject_id)
    earlier = select(EnvelopeEvent.id).where(
        EnvelopeEvent.envelope_id == envelope.id, EnvelopeEvent.kind == kind
    )
    again = earlier.where(
        EnvelopeEvent.at > now - ONE_VISIT,
        EnvelopeEvent.ip == visitor.ip,
        EnvelopeEvent.user_agent == visitor.user_agent,
    )
    if envelope.state is not EnvelopeState.OPEN or session.scalar(again.limit(1)) is not None:
        return False
    is_first = session.scalar(earlier.limit(1)) is None
    log_event(session, envelope, kind, visitor=visitor, now=now, is_logged=is_first)
    return True
