"""What the house and its partners read of a signature."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.partners.queries.actors import visible_to
from portal.shared.auth import Actor
from portal.shared.refusals import Missing
from portal.signatures.models import Envelope, EnvelopeEvent


def get_envelope(session: Session, envelope_id: int, *, actor: Actor) -> Envelope:
    """An envelope with its partner and customer.

    Raises:
        Missing: no such envelope, or another partner's.
    """
    envelope = session.scalar(
        select(Envelope)
        .where(Envelope.id == envelope_id, visible_to(actor, Envelope.partner_id))
        .options(joinedload(Envelope.partner), joinedload(Envelope.customer))
    )
    if envelope is None:
        raise Missing
    return envelope


def list_events(session: Session, envelope_id: int) -> Sequence[EnvelopeEvent]:
    """Every step of an envelope that the caller may see, the first first."""
    return session.scalars(
        select(EnvelopeEvent).where(EnvelopeEvent.envelope_id == envelope_id).order_by(EnvelopeEvent.id)
    ).all()
