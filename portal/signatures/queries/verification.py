"""Public checks: by the code on the paper, or by the file itself."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, aliased, joinedload
from sqlalchemy.sql.base import ExecutableOption

from portal.documents.models import StoredFile
from portal.documents.queries import read_content
from portal.documents.rules.files import FileDamaged
from portal.signatures.models import Envelope
from portal.signatures.rules.seals import SealFinding, SealReading, read_seal
from portal.signatures.rules.states import EnvelopeState
from portal.signatures.rules.verdicts import Verdict, judge_unknown_file


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheck:
    """What became of checking a file, and the signature it belongs to, where that is certain."""

    verdict: Verdict
    reading: SealReading
    sha256: str
    envelope: Envelope | None = None


def find_signed(session: Session, verification_code: str) -> Envelope | None:
    """The signed envelope that bears this code, as `cleaned_verification_code` gives it; for anybody."""
    return session.scalar(
        select(Envelope)
        .where(Envelope.verification_code == verification_code, Envelope.state == EnvelopeState.SIGNED)
        .options(*_shown())
    )


def seal_of(session: Session, envelope: Envelope) -> SealReading:
    """What the seal of the stored signed file says now; ALTERED when it is not what was stored."""
    try:
        return read_seal(read_content(session, envelope.signed_file_id or 0))
    except FileDamaged:
        return SealReading(finding=SealFinding.ALTERED)


def check_file(session: Session, content: bytes) -> FileCheck:
    """Compare a file with what was signed here; the SHA-256 first, since no seal covers every byte."""
    sha256 = hashlib.sha256(content).hexdigest()
    reading = read_seal(content)
    signed, unsigned = aliased(StoredFile), aliased(StoredFile)
    envelope = session.scalars(
        select(Envelope)
        .join(unsigned, unsigned.id == Envelope.file_id)
        .outerjoin(signed, signed.id == Envelope.signed_file_id)
        .where(or_(signed.sha256 == sha256, unsigned.sha256 == sha256))
        .order_by(Envelope.id.desc())
        .limit(1)
        .options(*_shown())
    ).first()
    if envelope is not None:
        is_signed = envelope.signed_file is not None and envelope.signed_file.sha256 == sha256
        verdict = Verdict.GENUINE if is_signed else Verdict.UNSIGNED
        shown = envelope if is_signed else None
        return FileCheck(verdict=verdict, reading=reading, sha256=sha256, envelope=shown)
    is_ours = bool(reading.fingerprint) and bool(
        session.scalar(select(exists().where(Envelope.seal_fingerprint == reading.fingerprint)))
    )
    verdict = judge_unknown_file(reading, is_our_certificate=is_ours)
    return FileCheck(verdict=verdict, reading=reading, sha256=sha256)


def _shown() -> tuple[ExecutableOption, ...]:
    return (
        joinedload(Envelope.partner),
        joinedload(Envelope.customer),
        joinedload(Envelope.file),
        joinedload(Envelope.signed_file),
    )
