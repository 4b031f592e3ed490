"""Reads of the documents room. What is read from a stored file is checked first (invariant L2)."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from portal.documents.models import StoredFile
from portal.documents.rules.files import FileDamaged, FileKind
from portal.documents.rules.paper import Paper, digest_of, paper_from_json
from portal.partners.queries.actors import visible_to
from portal.shared.auth import Actor
from portal.shared.lists import ListRequest, ListSpec, Page, paginate
from portal.shared.refusals import Missing

log = logging.getLogger(__name__)
FILE_LIST = ListSpec(sorts={"data": StoredFile.created_at}, default="-data", filters={"tipo": FileKind})


def get_file(session: Session, file_id: int, *, actor: Actor) -> StoredFile:
    """A stored file, without its content.

    Raises:
        Missing: no such file, or another partner's.
    """
    file = session.scalar(
        select(StoredFile).where(StoredFile.id == file_id, visible_to(actor, StoredFile.partner_id))
    )
    if file is None:
        raise Missing("Não encontramos este documento.")
    return file


def count_files(session: Session, customer_id: int, *, kind: FileKind, since: datetime) -> int:
    """How many files of a kind a customer got since an instant."""
    found = select(func.count(StoredFile.id)).where(
        StoredFile.customer_id == customer_id, StoredFile.kind == kind, StoredFile.created_at > since
    )
    return session.scalar(found) or 0


def read_content(session: Session, file_id: int) -> bytes:
    """The bytes of a stored file, which the caller may see, exactly as they were stored.

    Raises:
        FileDamaged: they are not; the log says so to the operators.
    """
    content, size, sha256 = session.execute(
        select(StoredFile.content, StoredFile.size, StoredFile.sha256).where(StoredFile.id == file_id)
    ).one()
    if len(content) != size or hashlib.sha256(content).hexdigest() != sha256:
        log.error("stored file %d is damaged: its content has not the recorded SHA-256", file_id)
        raise FileDamaged
    return bytes(content)


def check_contents(session: Session, *, share: int, shares: int) -> tuple[int, list[int]]:
    """How many files of this share, one of `shares`, were read, and the ids of those that are damaged."""
    ids = session.scalars(select(StoredFile.id).where(StoredFile.id % shares == share)).all()
    return len(ids), [file_id for file_id in ids if not _is_whole(session, file_id)]


def find_damaged(session: Session, *, since: datetime | None = None) -> Sequence[int]:
    """Files whose content has not the recorded size and SHA-256, of those stored since an instant (L2).

    The database computes the hashes; None looks at all. Every night `check-files` reads a seventh besides.
    """
    differs = (func.length(StoredFile.content) != StoredFile.size) | (
        func.encode(func.sha256(StoredFile.content), "hex") != StoredFile.sha256
    )
    damaged = select(StoredFile.id).where(differs).order_by(StoredFile.id)
    return session.scalars(damaged if since is None else damaged.where(StoredFile.created_at >= since)).all()


def _is_whole(session: Session, file_id: int) -> bool:
    try:
        read_content(session, file_id)
    except FileDamaged:
        return False
    return True


def read_paper(session: Session, file_id: int) -> Paper:
    """What a stored file that was printed from a paper says.

    Raises:
        FileDamaged: it is not what was stored; the log says so to the operators.
    """
    reading, sha256 = session.execute(
        select(StoredFile.reading, StoredFile.reading_sha256).where(StoredFile.id == file_id)
    ).one()
    try:
        paper = paper_from_json(reading)
    except (KeyError, TypeError, ValueError):
        paper = None
    if paper is None or digest_of(paper) != sha256:
        log.error("stored file %d is damaged: its reading has not the recorded SHA-256", file_id)
        raise FileDamaged
    return paper


def files_of_customer(customer_id: int, request: ListRequest, *, actor: Actor) -> Select[StoredFile]:
    """The files of a customer that a list asks for, without their contents."""
    statement = select(StoredFile).where(
        StoredFile.customer_id == customer_id, visible_to(actor, StoredFile.partner_id)
    )
    if kind := request.filter("tipo"):
        statement = statement.where(StoredFile.kind == FileKind(kind))
    return statement


def list_files_of_customer(
    session: Session, customer_id: int, request: ListRequest, *, actor: Actor
) -> Page[StoredFile]:
    """A page of the files of a customer."""
    return paginate(session, files_of_customer(customer_id, request, actor=actor), request)
