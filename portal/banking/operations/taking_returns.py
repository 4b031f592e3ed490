"""Return files as they come: read, kept, and shown before anything is done; damaged ones are kept apart."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from io import BytesIO
from itertools import chain
from typing import BinaryIO

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile, BankFilePart
from portal.banking.models.fault import BankFileFault
from portal.banking.operations.checking import check_next_part, identify_kept
from portal.banking.operations.remittances import log_file
from portal.banking.queries.account import account_of_series, boleto_accounts
from portal.banking.queries.file_contents import read_parts
from portal.banking.rules import return_parts
from portal.banking.rules.bank_files import AlreadyWaived, BankFileKind, BankFileState, NeedsReason
from portal.banking.rules.return_frames import MOST_FAULTS, Fault, find_faults
from portal.banking.rules.return_lines import lines_of
from portal.banking.rules.return_parts import FilePart, Outline, outline_of
from portal.banking.rules.return_reading import Identified, identify, occurrences, require_whole
from portal.shared.auth import Actor

LONGEST_NAME = 100
BLOCK = 2**16


def take_return(
    session: Session, *, name: str, stream: BinaryIO, actor: Actor | None, now: datetime
) -> BankFile:
    """Keep a return file and begin to work out what it would do; nothing is done yet. The same comes once.

    It is read to its end, however long, and no more of it held than a part. A damaged one is kept as such,
    for a person to let its faults pass or to leave it.

    Raises:
        UnreadableFile: it is no return of our accounts, or damaged beyond that; nothing is kept.
    """
    sha256, size = digest_of(stream)
    known = session.scalar(select(BankFile).filter_by(kind=BankFileKind.RETURN, sha256=sha256))
    if known is not None:
        return known
    found = identify(stream, boleto_accounts(session))
    faults = find_faults(stream, found.layout)
    if len(faults) >= MOST_FAULTS:
        require_whole(faults)
    outline = Outline(0, has_repeats=True) if faults else outline_of(occurrences(stream, found))
    file = BankFile(
        kind=BankFileKind.RETURN,
        account=account_of_series(session, found.account.series),
        name=name[:LONGEST_NAME] or "retorno.ret",
        sha256=sha256,
        size=size,
        line_count=outline.titles,
        has_repeats=outline.has_repeats,
        part_count=sum(1 for _ in _parts(stream, found)),
        checked_parts=0,
        applied_parts=0,
        state=BankFileState.DAMAGED if faults else BankFileState.CHECKING,
        created_at=now,
        created_by_id=actor.user_id if actor else None,
    )
    session.add(file)
    session.flush()
    _keep_parts(session, file, stream, found)
    if faults:
        _keep_faults(session, file, stream, faults)
    elif actor is not None:
        check_next_part(session, file_id=file.id, now=now)
    return file


def digest_of(stream: BinaryIO) -> tuple[str, int]:
    """The SHA-256 and the size of a file; it is read from its beginning."""
    stream.seek(0)
    digest, size = hashlib.sha256(), 0
    while block := stream.read(BLOCK):
        digest.update(block)
        size += len(block)
    return digest.hexdigest(), size


def waive_fault(session: Session, *, fault_id: int, reason: str, actor: Actor, now: datetime) -> BankFile:
    """Let a fault of a damaged return pass; with the last one, the file is read as any other.

    Raises:
        NeedsReason: without saying why.
        AlreadyWaived: somebody did before.
        UnreadableFile: no fault is left, and the lines cannot be read all the same.
    """
    if not reason:
        raise NeedsReason
    fault = session.get_one(BankFileFault, fault_id, with_for_update=True, populate_existing=True)
    file = session.get_one(BankFile, fault.file_id, with_for_update=True, populate_existing=True)
    if fault.waived_at is not None or file.state is not BankFileState.DAMAGED:
        raise AlreadyWaived
    fault.waived_at, fault.waived_by_id, fault.reason = now, actor.user_id, reason
    session.flush()
    summary = f"Retorno {file.name}, linha {fault.line} processada mesmo assim: {reason}"
    log_file(session, file, summary, actor, now=now)
    left = select(func.count(BankFileFault.id)).where(
        BankFileFault.file_id == file.id, BankFileFault.waived_at.is_(None)
    )
    if not session.scalar(left):
        outline = _outline_of_kept(session, file)
        file.line_count, file.has_repeats = outline.titles, outline.has_repeats
        file.state = BankFileState.CHECKING
        session.flush()
        check_next_part(session, file_id=file.id, now=now)
    return file


def _outline_of_kept(session: Session, file: BankFile) -> Outline:
    found = identify_kept(session, file.id)
    parts = read_parts(session, file)
    return outline_of(
        chain.from_iterable(
            occurrences(BytesIO(part.content), found, first=part.first_line) for part in parts
        )
    )


def _parts(stream: BinaryIO, found: Identified) -> Iterator[FilePart]:
    return return_parts.parts_of(stream, found.layout, at_once=return_parts.AT_ONCE)


def _keep_parts(session: Session, file: BankFile, stream: BinaryIO, found: Identified) -> None:
    for place, part in enumerate(_parts(stream, found), start=1):
        values = {"place": place, "first_line": part.first_line, "content": part.content}
        session.execute(insert(BankFilePart), [{"file_id": file.id, **values}])


def _keep_faults(session: Session, file: BankFile, stream: BinaryIO, faults: Iterable[Fault]) -> None:
    wanted = {fault.line for fault in faults}
    contents = {
        line.number: line.content.decode("latin-1") for line in lines_of(stream) if line.number in wanted
    }
    session.add_all(
        BankFileFault(file_id=file.id, line=fault.line, said=fault.said, content=contents.get(fault.line, ""))
        for fault in faults
    )
    session.flush()
