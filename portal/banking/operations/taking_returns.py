"""Return files as they come: read, kept, and shown before anything is done; damaged ones are kept apart."""

import hashlib
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.models.fault import BankFileFault
from portal.banking.operations.bank_files import foresee
from portal.banking.operations.remittances import log_file
from portal.banking.queries.account import account_of_series, boleto_accounts
from portal.banking.rules.bank_files import AlreadyWaived, BankFileKind, BankFileState, NeedsReason
from portal.banking.rules.return_frames import MOST_FAULTS, Fault, find_faults
from portal.banking.rules.return_lines import lines_of
from portal.banking.rules.return_reading import identify, require_whole
from portal.shared.auth import Actor
from portal.shared.clock import day_of

LONGEST_NAME = 100


def take_return(
    session: Session, *, name: str, content: bytes, actor: Actor | None, now: datetime
) -> BankFile:
    """Keep a return file and work out what it would do; nothing is done yet. The same file comes once.

    A damaged one that a person brings is kept as such, for that person to let its faults pass or to leave it.
    Of what comes by itself the bank can send another.

    Raises:
        UnreadableFile: it is no return of our accounts, or damaged beyond that; nothing is kept.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = session.scalar(select(BankFile).filter_by(kind=BankFileKind.RETURN, sha256=sha256))
    if known is not None:
        return known
    stream = BytesIO(content)
    found = identify(stream, boleto_accounts(session))
    faults = find_faults(stream, found.layout)
    if actor is None or len(faults) >= MOST_FAULTS:
        require_whole(faults)
    file = BankFile(
        kind=BankFileKind.RETURN,
        account=account_of_series(session, found.account.series),
        name=name[:LONGEST_NAME] or "retorno.ret",
        sha256=sha256,
        size=len(content),
        content=content,
        state=BankFileState.DAMAGED if faults else BankFileState.READ,
        results=[] if faults else foresee(session, content, today=day_of(now)),
        created_at=now,
        created_by_id=actor.user_id if actor else None,
    )
    session.add(file)
    session.flush()
    if faults:
        _keep_faults(session, file, faults)
    return file


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
        file.results = foresee(session, file.content, today=day_of(now))
        file.state = BankFileState.READ
        session.flush()
    return file


def _keep_faults(session: Session, file: BankFile, faults: Iterable[Fault]) -> None:
    wanted = {fault.line for fault in faults}
    contents = {
        line.number: line.content.decode("latin-1")
        for line in lines_of(BytesIO(file.content))
        if line.number in wanted
    }
    session.add_all(
        BankFileFault(file_id=file.id, line=fault.line, said=fault.said, content=contents.get(fault.line, ""))
        for fault in faults
    )
    session.flush()
