"""After the signature: what is printed and sealed, and the sealed file put in its place."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.documents.models import StoredFile
from portal.documents.operations.storing import store_file
from portal.documents.queries import read_paper
from portal.documents.rules.files import FileKind
from portal.documents.rules.paper import Paper
from portal.shared.events import publish
from portal.signatures import notifications
from portal.signatures.events import SignatureCompleted
from portal.signatures.models import Envelope
from portal.signatures.operations.locking import locked_envelope
from portal.signatures.operations.log import log_event
from portal.signatures.pages import certificate_facts
from portal.signatures.queries.envelopes import list_events
from portal.signatures.rules.states import EnvelopeState, EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SealingOrder:
    """Everything a signed file is made of. `sealed_at` is the time that the seal will bear.

    `sheet` holds the facts of the certificate page but those of the seal.
    """

    envelope_id: int
    reason: str
    paper: Paper
    layout: str
    sheet: dict[str, object]
    signed_at: datetime
    sealed_at: datetime


def sealing_order(session: Session, envelope_id: int, *, now: datetime) -> SealingOrder | None:
    """What is to be sealed; None when nothing is, because it was done.

    Sealed twice after a kill, a file is stored once: `store_sealed` looks first.

    Raises:
        FileDamaged: the file that was signed is not what was stored.
    """
    envelope = session.scalars(
        select(Envelope)
        .where(Envelope.id == envelope_id)
        .options(joinedload(Envelope.partner), joinedload(Envelope.customer), joinedload(Envelope.file))
    ).one()
    if envelope.state is not EnvelopeState.SEALING or envelope.signed_at is None:
        return None
    paper = read_paper(session, envelope.file_id)
    return SealingOrder(
        envelope_id=envelope.id,
        reason=f"{envelope.title} assinado por {envelope.signer_name}",
        paper=paper,
        layout=str(envelope.file.layout),
        sheet=certificate_facts(envelope, paper, list_events(session, envelope.id)),
        signed_at=envelope.signed_at,
        sealed_at=now,
    )


def store_sealed(
    session: Session,
    *,
    envelope_id: int,
    content: bytes,
    fingerprint: str,
    is_development: bool,
    now: datetime,
) -> Envelope:
    """Keep the sealed file, once, and tell: the signatory by mail, other rooms by `SignatureCompleted`."""
    envelope = locked_envelope(session, envelope_id)
    if envelope.state is not EnvelopeState.SEALING or envelope.signed_at is None:
        return envelope
    file = _store(session, envelope, content, now=now)
    envelope.signed_file_id, envelope.seal_fingerprint = file.id, fingerprint
    envelope.seal_is_development = is_development
    envelope.state, envelope.sealed_at = EnvelopeState.SIGNED, now
    log_event(session, envelope, EventKind.SEALED, detail=file.sha256, now=now)
    notifications.signature_completed(session, envelope=envelope, now=now)
    publish(
        session, SignatureCompleted(envelope_id=envelope.id, signed_file_id=file.id, at=envelope.signed_at)
    )
    return envelope


def _store(session: Session, envelope: Envelope, content: bytes, *, now: datetime) -> StoredFile:
    unsigned = session.get_one(StoredFile, envelope.file_id)
    return store_file(
        session,
        partner_id=envelope.partner_id,
        customer_id=envelope.customer_id,
        kind=FileKind.SIGNED_CONTRACT,
        title=f"{envelope.title} assinado",
        file_name=f"{unsigned.file_name.removesuffix('.pdf')}-assinado.pdf",
        media_type="application/pdf",
        content=content,
        actor=None,
        now=now,
    )
