"""Keeping files."""

import hashlib
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from portal.documents.models import StoredFile
from portal.documents.rules.files import FileKind
from portal.documents.rules.paper import FIRST_LAYOUT, Paper, digest_of, paper_to_json
from portal.shared import audit
from portal.shared.auth import Actor


def store_file(
    session: Session,
    *,
    partner_id: int,
    customer_id: int,
    kind: FileKind,
    title: str,
    file_name: str,
    media_type: str,
    content: bytes,
    reading: Paper | None = None,
    layout: str = FIRST_LAYOUT,
    actor: Actor | None,
    now: datetime,
) -> StoredFile:
    """Keep a file of a customer for good, with its SHA-256; the customer's log tells of it.

    `reading` is the paper it was printed from, if any, and `layout` the design of that. `actor` is None for
    the system.

    Raises:
        sqlalchemy.exc.IntegrityError: the customer is not the partner's, or the file is empty.
    """
    file = StoredFile(
        partner_id=partner_id,
        customer_id=customer_id,
        kind=kind,
        title=title,
        file_name=file_name,
        media_type=media_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        content=content,
        layout=layout if reading else None,
        reading=paper_to_json(reading) if reading else None,
        reading_sha256=digest_of(reading) if reading else None,
        created_at=now,
        created_by_id=actor.user_id if actor else None,
    )
    session.add(file)
    session.flush()
    _write_down(session, file, actor=actor, now=now)
    return file


class OfCustomer(Protocol):
    """A row that is about a customer of a partner."""

    @property
    def partner_id(self) -> int: ...

    @property
    def customer_id(self) -> int: ...


def store_printed(
    session: Session,
    subject: OfCustomer,
    *,
    title: str,
    content: bytes,
    reading: Paper,
    layout: str,
    now: datetime,
) -> StoredFile:
    """Keep the printed paper of a contract or an agreement, which is to be signed, under its title."""
    return store_file(
        session,
        partner_id=subject.partner_id,
        customer_id=subject.customer_id,
        kind=FileKind.CONTRACT,
        title=title,
        file_name=f"{title.lower().replace(' ', '-')}.pdf",
        media_type="application/pdf",
        content=content,
        reading=reading,
        layout=layout,
        actor=None,
        now=now,
    )


def _write_down(session: Session, file: StoredFile, *, actor: Actor | None, now: datetime) -> None:
    audit.record(
        session,
        action="file_stored",
        summary=f"Documento guardado: {file.title}",
        subject=file,
        actor=actor,
        now=now,
        facts={"kind": file.kind.value, "sha256": file.sha256},
    )
