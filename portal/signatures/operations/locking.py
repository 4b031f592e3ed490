"""One step at a time: whoever changes a signature takes the customer's log, then its row, and reads afresh.

A room that moves something of its own together with a signature takes the envelope first too
(`locked_envelope`), so that no two transactions wait for each other (docs/decisions/0009-locks.md).
"""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from portal.shared import audit
from portal.shared.tokens import LinkToken
from portal.signatures.models import Envelope
from portal.signatures.rules.refusals import EnvelopeClosed
from portal.signatures.rules.states import LinkStatus, link_status


def locked_envelope(session: Session, envelope_id: int) -> Envelope:
    """The envelope with its partner and customer, read after its row was taken."""
    audit.lock_stream(session, customer_id=session.scalars(_customer_of(envelope_id)).one())
    session.execute(select(Envelope.id).where(Envelope.id == envelope_id).with_for_update())
    return session.scalars(
        select(Envelope)
        .where(Envelope.id == envelope_id)
        .options(joinedload(Envelope.partner), joinedload(Envelope.customer))
        .execution_options(populate_existing=True)
    ).one()


def _customer_of(envelope_id: int) -> Select[int]:
    return select(Envelope.customer_id).where(Envelope.id == envelope_id)


def locked_for_signer(session: Session, token: LinkToken, *, now: datetime) -> Envelope:
    """The envelope behind a link, if its file can still be signed by it.

    Raises:
        EnvelopeClosed: it was signed, declined, canceled, has expired, or the link was replaced.
    """
    envelope = locked_envelope(session, token.subject_id)
    session.refresh(token)
    is_overdue = now >= min(envelope.expires_at, token.expires_at)
    status = link_status(envelope.state, is_revoked=token.revoked_at is not None, is_overdue=is_overdue)
    if status is not LinkStatus.OPEN:
        raise EnvelopeClosed(status)
    return envelope
