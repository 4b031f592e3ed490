"""Files of the bank in tests: brought, and what is in them."""

from datetime import datetime
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile, BankFileLine, BankFileShare
from portal.banking.operations.applying import apply_next_parts
from portal.banking.operations.checking import check_next_part
from portal.banking.operations.taking_returns import take_return
from portal.banking.queries.file_contents import whole_content
from portal.banking.rules.bank_files import BankFileState
from portal.shared.auth import Actor


def bring(
    session: Session, content: bytes, *, now: datetime, name: str = "x.ret", actor: Actor | None = None
) -> BankFile:
    """A return that somebody brings, or that came by itself."""
    return take_return(session, name=name, stream=BytesIO(content), actor=actor, now=now)


def go_on(session: Session, file: BankFile, *, now: datetime) -> None:
    """What the queue does next of a return: a part is checked, or each of its shares does a step, in turn."""
    if file.state is BankFileState.CHECKING:
        check_next_part(session, file_id=file.id, now=now)
        return
    shares = select(BankFileShare.id).filter_by(file_id=file.id).order_by(BankFileShare.place)
    for share_id in session.scalars(shares).all():
        apply_next_parts(session, share_id=share_id, now=now)


def effects(session: Session, file: BankFile) -> list[str]:
    """What each line of a file does, in words, in its order."""
    lines = select(BankFileLine).where(BankFileLine.file_id == file.id).order_by(BankFileLine.line)
    found = session.scalars(lines.execution_options(populate_existing=True))
    return [line.effect.label if line.effect else line.note for line in found]


def records(session: Session, file: BankFile) -> list[str]:
    """The lines of a file as they stand in it."""
    return whole_content(session, file).decode("ascii").split("\r\n")
