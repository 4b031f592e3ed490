"""Returns applied some parts at a time, a long one by two workers at once, each with some of the customers.

What a step does is one transaction, which moves its share on: a step that was not finished is done again, one
that was is never done twice. All lines of a customer are in one share, in the order of the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile, BankFileLine, BankFileShare
from portal.banking.operations.attesting import require_another
from portal.banking.operations.bank_files import carry_out, carry_out_plain
from portal.banking.operations.checking import identify_kept, keep_lines, read_part
from portal.banking.operations.remittances import log_file
from portal.banking.operations.unheard import tell_of_codes
from portal.banking.queries.file_contents import find_part
from portal.banking.rules.bank_files import (
    APPLY_RETURN,
    SHARED_FROM,
    SHARES,
    AlreadyApplied,
    BankFileState,
    Effect,
    StillChecking,
)
from portal.banking.rules.return_parts import FilePart
from portal.banking.rules.return_reading import Identified, Occurrence
from portal.shared.arrays import IDS, TEXTS
from portal.shared.auth import Actor
from portal.shared.queue import enqueue, enqueue_each
from portal.shared.transactions import plan_by_present_sizes

SAY = text(
    "UPDATE bank_file_lines SET effect = told.effect FROM unnest(:lines, :effects) AS told (line, effect)"
    " WHERE bank_file_lines.file_id = :file_id AND bank_file_lines.line = told.line"
).bindparams(bindparam("lines", type_=IDS), bindparam("effects", type_=TEXTS))


def apply_return(
    session: Session, *, file: BankFile, actor: Actor | None, now: datetime, in_sets: bool = True
) -> None:
    """Begin to do what a return says; the queue goes on with what is left.

    What the bank sent by itself (`actor` is None) needs no check that a person reads first.

    Raises:
        AlreadyApplied: it was begun before, also by a second click, or is damaged.
        StillChecking: nobody has seen yet what it does.
        UploaderMayNotApply: large payments that nobody attests but the person who brought the file.
    """
    require_another(session, file, actor)
    ready = (BankFileState.READ,) if actor else (BankFileState.READ, BankFileState.CHECKING)
    taken = session.execute(
        update(BankFile)
        .where(BankFile.id == file.id, BankFile.state.in_(ready))
        .values(state=BankFileState.APPLYING, applied_by_id=actor.user_id if actor else None)
        .returning(BankFile.id)
    ).first()
    session.refresh(file)
    if taken is None:
        raise StillChecking if file.state is BankFileState.CHECKING else AlreadyApplied
    shares = _share_out(session, file)
    if len(shares) == 1:
        apply_next_parts(session, share_id=shares[0].id, now=now, in_sets=in_sets)
    is_over = file.state is BankFileState.APPLIED
    said = "aplicado" if is_over else "começou a ser aplicado"
    log_file(session, file, f"Retorno {file.name} {said}, ocorrências: {file.line_count}", actor, now=now)
    if len(shares) > 1:
        enqueue_each(session, APPLY_RETURN, subject_ids=[share.id for share in shares], now=now)


def apply_next_parts(session: Session, *, share_id: int, now: datetime, in_sets: bool = True) -> None:
    """Apply a share of the next parts of a return; while any are left, the queue does the same again.

    A step takes as many parts as there are shares, so that it does as much as one over a part of its own. The
    share is locked first: of two that go on, the second does what comes after.
    """
    plan_by_present_sizes(session)
    share = session.get_one(BankFileShare, share_id, with_for_update=True, populate_existing=True)
    file = session.get_one(BankFile, share.file_id, populate_existing=True)
    if share.applied_parts == file.part_count:
        return
    until = min(share.applied_parts + share.count, file.part_count)
    step = _Step.read(session, file, share, until=until)
    if share.count > 1:
        share.left_lines = _apply_of_several(session, step, now=now)
    else:
        effects = carry_out(session, step.lines, step.found.account, in_sets=in_sets, now=now)
        _tell(session, step, dict(zip(step.numbers, effects, strict=True)), now=now)
    if not share.left_lines:
        share.applied_parts = until
    session.flush()
    _move_on(session, file, now=now)
    if share.applied_parts < file.part_count:
        enqueue(session, APPLY_RETURN, subject_id=share.id, now=now)


def _share_out(session: Session, file: BankFile) -> list[BankFileShare]:
    """The shares of a return: several of a long one, whose lines say since the check whose they are."""
    is_checked = file.checked_parts == file.part_count
    count = SHARES if is_checked and file.part_count >= SHARED_FROM else 1
    shares = [
        BankFileShare(file_id=file.id, place=place, count=count, applied_parts=0, left_lines=[])
        for place in range(count)
    ]
    session.add_all(shares)
    session.flush()
    return shares


@dataclass(frozen=True, slots=True)
class _Step:
    """What a share does next: some lines of its file, and what a check foresaw of them, empty without one."""

    file: BankFile
    share: BankFileShare
    found: Identified
    lines: Sequence[Occurrence]
    foreseen: Mapping[int, Effect | None]

    @classmethod
    def read(cls, session: Session, file: BankFile, share: BankFileShare, *, until: int) -> "_Step":
        """The share's own lines of the parts to `until`; of these the ones that were left, if any were."""
        found = identify_kept(session, file.id)
        places = range(share.applied_parts + 1, until + 1)
        parts = [find_part(session, file.id, place) for place in places]
        foreseen = _foreseen(session, share, parts) if until <= file.checked_parts else {}
        wanted = (set(share.left_lines) or foreseen) if share.count > 1 else None
        read = [one for part in parts for one in read_part(session, file, found, part, wanted)]
        return cls(file, share, found, read, foreseen)

    @property
    def numbers(self) -> list[int]:
        """Which lines these are."""
        return [one.line for one in self.lines]


def _apply_of_several(session: Session, step: _Step, *, now: datetime) -> list[int]:
    """Apply what may go in sets, beside other shares, and say which lines are left: they are the next step.

    Those go one by one, under the lock of the house's log as well, for which the other shares wait.
    """
    account, left = step.found.account, step.share.left_lines
    if left:
        effects = carry_out(session, step.lines, account, in_sets=False, now=now)
        done = dict(zip(step.numbers, effects, strict=True))
    else:
        done = carry_out_plain(session, step.lines, account, now=now)
    _tell(session, step, done, now=now)
    return [line for line in step.numbers if line not in done]


def _move_on(session: Session, file: BankFile, *, now: datetime) -> None:
    """The file is as far as the share that is behind; its row is locked last, and not for long."""
    session.get_one(BankFile, file.id, with_for_update={"key_share": True}, populate_existing=True)
    behind = select(func.min(BankFileShare.applied_parts)).where(BankFileShare.file_id == file.id)
    file.applied_parts = session.scalars(behind).one()
    if file.applied_parts == file.part_count:
        file.state, file.applied_at = BankFileState.APPLIED, now
    session.flush()


def _foreseen(
    session: Session, share: BankFileShare, parts: Sequence[FilePart]
) -> Mapping[int, Effect | None]:
    """What a check foresaw of a share's lines in parts that follow one another, by their numbers."""
    lines = select(BankFileLine.line, BankFileLine.effect).where(
        BankFileLine.file_id == share.file_id,
        BankFileLine.line.between(parts[0].first_line, parts[-1].last_line),
        func.coalesce(BankFileLine.share, 0) % share.count == share.place,
    )
    return {row.line: row.effect for row in session.connection().execute(lines)}


def _tell(session: Session, step: _Step, done: Mapping[int, Effect], *, now: datetime) -> None:
    """Write down what lines did: those without a check, and those that did otherwise than was foreseen."""
    chunk = [one for one in step.lines if one.line in done]
    effects = [done[one.line] for one in chunk]
    if step.foreseen:
        other = {line: effect for line, effect in done.items() if step.foreseen[line] is not effect}
        _say_otherwise(session, step.file, other)
    else:
        account = step.found.account
        keep_lines(session, step.file.id, chunk, account, effects=effects, shares=[None] * len(chunk))
    if step.file.applied_by_id is None:
        tell_of_codes(session, file=step.file, found=step.found, chunk=chunk, effects=effects, now=now)


def _say_otherwise(session: Session, file: BankFile, effects: Mapping[int, Effect]) -> None:
    """Things went on since the check: lines say what they did."""
    if effects:
        words = [effect.value for effect in effects.values()]
        session.execute(SAY, {"file_id": file.id, "lines": list(effects), "effects": words})
