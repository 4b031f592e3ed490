"""The bytes of files exchanged with the bank: a part at a time, so that no more of one is held."""

from collections.abc import Collection, Generator, Iterator

from sqlalchemy import any_, func, literal, select
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile, BankFileLine, BankFilePart
from portal.banking.rules.return_lines import LONGEST
from portal.banking.rules.return_parts import FilePart
from portal.shared.arrays import TEXTS
from portal.shared.db import db


def find_part(session: Session, file_id: int, place: int) -> FilePart:
    """The part at this place, from 1 on."""
    kept = select(BankFilePart.first_line, BankFilePart.content).filter_by(file_id=file_id, place=place)
    return FilePart(*session.execute(kept).one())


def first_line_of(session: Session, file_id: int) -> bytes:
    """The beginning of a file, more than its first line."""
    beginning = select(func.substring(BankFilePart.content, 1, LONGEST)).filter_by(file_id=file_id, place=1)
    return bytes(session.execute(beginning).scalar_one())


def read_parts(session: Session, file: BankFile) -> Iterator[FilePart]:
    """One part after the other."""
    for place in range(1, file.part_count + 1):
        yield find_part(session, file.id, place)


def whole_content(session: Session, file: BankFile) -> bytes:
    """All of a file at once: for what is short, as remittances are."""
    return b"".join(part.content for part in read_parts(session, file))


def send_content(file_id: int, part_count: int) -> Generator[bytes]:
    """A file for an answer that is still being sent; the request's own transaction has ended by then."""
    with db.sessionmaker() as session:
        for place in range(1, part_count + 1):
            yield find_part(session, file_id, place).content


def count_like_before(session: Session, file_id: int, *, line: int, like: Collection[str]) -> dict[str, int]:
    """How many payments like these stand in a file before a line."""
    wanted = any_(literal(sorted(like), TEXTS))
    counted = (
        select(BankFileLine.likeness, func.count())
        .where(BankFileLine.file_id == file_id, BankFileLine.line < line, BankFileLine.likeness == wanted)
        .group_by(BankFileLine.likeness)
    )
    return {likeness: count for likeness, count in session.execute(counted) if likeness}
