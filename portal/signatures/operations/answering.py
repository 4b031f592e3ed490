"""The signatory's other answers: later, and no."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared import tokens
from portal.shared.events import publish
from portal.shared.tokens import ONE_CLICK, LinkToken
from portal.signatures.events import SignatureDeclined
from portal.signatures.models import Envelope, EnvelopeEvent
from portal.signatures.operations.locking import locked_for_signer
from portal.signatures.operations.log import log_event
from portal.signatures.rules.refusals import EnvelopeClosed, NoPostponementLeft, ReasonMissing
from portal.signatures.rules.signing import REASON_LENGTH, Visitor
from portal.signatures.rules.states import EnvelopeState, EventKind, LinkStatus


def postpone(session: Session, *, token: LinkToken, visitor: Visitor, now: datetime) -> Envelope:
    """Put the signature off; the link keeps its last day. A second click counts once.

    Raises:
        EnvelopeClosed: it can no longer be signed.
        NoPostponementLeft: it was put off as often as the settings allow.
    """
    envelope = locked_for_signer(session, token, now=now)
    just_now = select(EnvelopeEvent.id).where(
        EnvelopeEvent.envelope_id == envelope.id,
        EnvelopeEvent.kind == EventKind.POSTPONED,
        EnvelopeEvent.at > now - ONE_CLICK,
    )
    if session.scalar(just_now.limit(1)) is not None:
        return envelope
    if envelope.postponements_left <= 0:
        raise NoPostponementLeft
    envelope.postponed_count += 1
    envelope.last_asked_at = now  # the next reminder waits its whole time again
    log_event(session, envelope, EventKind.POSTPONED, visitor=visitor, now=now)
    return envelope


def decline(session: Session, *, token: LinkToken, reason: str, visitor: Visitor, now: datetime) -> Envelope:
    """The signatory does not sign and says why; the link is used up.

    Raises:
        EnvelopeClosed: it can no longer be declined.
        ReasonMissing: without a reason.
    """
    envelope = locked_for_signer(session, token, now=now)
    reason = reason.strip()[:REASON_LENGTH]
    if not reason:
        raise ReasonMissing
    if not tokens.consume(session, token, now=now):
        raise EnvelopeClosed(LinkStatus.REPLACED)
    envelope.state, envelope.decline_reason = EnvelopeState.DECLINED, reason
    envelope.code_hash = envelope.code_expires_at = None
    log_event(session, envelope, EventKind.DECLINED, visitor=visitor, detail=reason, now=now)
    publish(session, SignatureDeclined(envelope_id=envelope.id, reason=reason, at=now))
    return envelope
