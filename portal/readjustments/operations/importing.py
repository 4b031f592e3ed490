"""New months of the index come in by a file."""

import hashlib
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from calculator import day_in_month
from portal.readjustments.models import IndexImport, IndexMonth
from portal.readjustments.queries.index import monthly_index, next_revision
from portal.readjustments.rules.index import (
    IndexChange,
    RevisionToConfirm,
    check_index,
    read_index,
    revision_words,
    text_of_file,
)
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.clock import day_of

LOCK = 0x1697


class ImportedIndex(NamedTuple):
    """How many months a file brought, and of how many it changed the figure."""

    added: int
    revised: int


def import_index(
    session: Session,
    *,
    content: bytes,
    file_name: str,
    confirm_revision: bool,
    actor: Actor | None,
    now: datetime,
) -> ImportedIndex:
    """Store what a file has of the index that is not known yet. The same file again brings nothing.

    Raises:
        IndexRefused: it cannot be read, or does not go on from what is stored (see `check_index`).
        RevisionToConfirm: it changes a stored month, and `confirm_revision` does not say that this is meant.
    """
    source, sent = read_index(text_of_file(content))
    session.execute(
        select(func.pg_advisory_xact_lock(LOCK))
    )  # of two files at once the second sees the first
    stored = monthly_index(session)
    change = check_index(sent, stored=stored, today=day_of(now))
    if change.revised and not confirm_revision:
        raise RevisionToConfirm(revision_words(change, stored))
    brought = ImportedIndex(len(change.new), len(change.revised))
    if brought == (0, 0):
        return brought
    file = IndexImport(
        source=source,
        file_name=file_name,
        sha256=hashlib.sha256(content).hexdigest(),
        added=brought.added,
        revised=brought.revised,
        imported_at=now,
        imported_by_id=actor.user_id if actor else None,
    )
    _store(session, file, change)
    audit.record(
        session,
        action="index_imported",
        summary=f"IGP-M importado: {brought.added} meses novos, {brought.revised} revisados",
        subject=file,
        reason=revision_words(change, stored),
        actor=actor,
        now=now,
    )
    return brought


def _store(session: Session, file: IndexImport, change: IndexChange) -> None:
    session.add(file)
    session.flush()
    rows = [
        {
            "month": (month := day_in_month(number, 1)),
            "revision": next_revision(session, month) if number in change.revised else 1,
            "basis_points": value,
            "import_id": file.id,
        }
        for number, value in {**change.new, **change.revised}.items()
    ]
    session.execute(insert(IndexMonth), rows)
