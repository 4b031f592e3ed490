"""Returns checked and applied part by part: each in a transaction of its own, which moves the file on.

A part that was not finished is done again; one that was is never done twice.
"""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile, BankFileLine
from portal.banking.operations.attesting import require_another
from portal.banking.operations.bank_files import carry_out, foresee
from portal.banking.operations.remittances import log_file
from portal.banking.operations.unheard import tell_of_codes
from portal.banking.queries.account import boleto_accounts
from portal.banking.queries.file_contents import count_like_before, find_part, first_line_of
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bank_files import (
    GO_ON_WITH_RETURN,
    AlreadyApplied,
    BankFileState,
    Effect,
    StillChecking,
)
from portal.banking.rules.return_reading import Identified, Occurrence, identify, occurrences, told_apart
from portal.shared.arrays import IDS, TEXTS
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.queue import enqueue
from portal.shared.queueing import insert_rows
from portal.shared.transactions import plan_by_present_sizes

SAY = text(
    "UPDATE bank_file_lines SET effect = told.effect FROM unnest(:lines, :effects) AS told (line, effect)"
    " WHERE bank_file_lines.file_id = :file_id AND bank_file_lines.line = told.line"
).bindparams(bindparam("lines", type_=IDS), bindparam("effects", type_=TEXTS))


def apply_return(
    session: Session, *, file: BankFile, actor: Actor | None, now: datetime, in_sets: bool = True
) -> None:
    """Begin to do what a return says, with its first part; the queue goes on with what is left.

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
    go_on(session, file_id=file.id, now=now, in_sets=in_sets)
    is_over = file.state is BankFileState.APPLIED
    said = "aplicado" if is_over else "começou a ser aplicado"
    log_file(session, file, f"Retorno {file.name} {said}, ocorrências: {file.line_count}", actor, now=now)


def go_on(session: Session, *, file_id: int, now: datetime, in_sets: bool = True) -> None:
    """Check or apply the next part of a return; while any is left, the queue does the same again.

    The file is locked first: of two that go on, the second does the part after.
    """
    plan_by_present_sizes(session)
    file = session.get_one(BankFile, file_id, with_for_update=True, populate_existing=True)
    found = identify(BytesIO(first_line_of(session, file.id)), boleto_accounts(session))
    if file.state is BankFileState.CHECKING:
        _check_part(session, file, found, now=now)
    elif file.state is BankFileState.APPLYING:
        _apply_part(session, file, found, in_sets=in_sets, now=now)
    session.flush()
    if file.state in (BankFileState.CHECKING, BankFileState.APPLYING):
        enqueue(session, GO_ON_WITH_RETURN, subject_id=file.id, now=now)


def _check_part(session: Session, file: BankFile, found: Identified, *, now: datetime) -> None:
    chunk = _read_part(session, file, found, place=file.checked_parts + 1)
    effects = foresee(session, chunk, found.account, today=day_of(now))
    _keep_lines(session, file, chunk, effects, found.account)
    file.checked_parts += 1
    if file.checked_parts == file.part_count:
        file.state = BankFileState.READ


def _apply_part(session: Session, file: BankFile, found: Identified, *, in_sets: bool, now: datetime) -> None:
    place = file.applied_parts + 1
    chunk = _read_part(session, file, found, place=place)
    effects = carry_out(session, chunk, found.account, in_sets=in_sets, now=now)
    if place <= file.checked_parts:
        _say_otherwise(session, file, chunk, effects)
    else:
        _keep_lines(session, file, chunk, effects, found.account)
    if file.applied_by_id is None:
        tell_of_codes(session, file=file, found=found, chunk=chunk, effects=effects, now=now)
    file.applied_parts = place
    if place == file.part_count:
        file.state, file.applied_at = BankFileState.APPLIED, now


def _read_part(session: Session, file: BankFile, found: Identified, *, place: int) -> list[Occurrence]:
    """What a part tells; like payments are told apart, also from those of the parts before."""
    part = find_part(session, file.id, place)
    read = list(occurrences(BytesIO(part.content), found, first=part.first_line))
    if not file.has_repeats:
        return read
    like = {one.likeness for one in read if one.meaning.brings_money}
    before = count_like_before(session, file.id, line=part.first_line, like=like)
    return list(told_apart(read, before))


def _keep_lines(
    session: Session,
    file: BankFile,
    chunk: Sequence[Occurrence],
    effects: Sequence[Effect],
    account: BoletoAccount,
) -> None:
    told = zip(chunk, effects, strict=True)
    insert_rows(session, BankFileLine, [_line(file.id, one, effect, account) for one, effect in told])


def _say_otherwise(
    session: Session, file: BankFile, chunk: Sequence[Occurrence], effects: Sequence[Effect]
) -> None:
    """Lines whose effect is another one than was foreseen say so: things went on since the check."""
    if not chunk:
        return
    foreseen = select(BankFileLine.line, BankFileLine.effect).where(
        BankFileLine.file_id == file.id, BankFileLine.line.between(chunk[0].line, chunk[-1].line)
    )
    before: dict[int, Effect | None] = {row.line: row.effect for row in session.execute(foreseen)}
    other = [
        (one.line, effect.value)
        for one, effect in zip(chunk, effects, strict=True)
        if before[one.line] is not effect
    ]
    if other:
        lines, words = zip(*other, strict=True)
        session.execute(SAY, {"file_id": file.id, "lines": list(lines), "effects": list(words)})


def _line(file_id: int, one: Occurrence, effect: Effect, account: BoletoAccount) -> dict[str, Any]:
    return {
        "file_id": file_id,
        "line": one.line,
        "number": one.number,
        "our_number": account.written_number(one.number),
        "what": f"{one.code} · {one.description}",
        "reasons": one.refusal or ", ".join(one.reasons),
        "amount_cents": one.paid_cents,
        "fee_cents": one.fee_cents or one.charged_cents,
        "credited_cents": one.credited_cents,
        "pix": one.pix,
        "likeness": one.likeness if one.meaning.brings_money else None,
        "effect": effect,
        "note": "",
    }
