"""Returns checked part by part: each in a transaction of its own, which moves the file on.

A part that was not finished is done again; one that was is never done twice.
"""

from collections.abc import Container, Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile, BankFileLine
from portal.banking.operations.bank_files import foresee
from portal.banking.queries.account import boleto_accounts
from portal.banking.queries.file_contents import count_like_before, find_part, first_line_of
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bank_files import CHECK_RETURN, BankFileState, Effect
from portal.banking.rules.return_parts import FilePart
from portal.banking.rules.return_reading import Identified, Occurrence, identify, occurrences, told_apart
from portal.shared.clock import day_of
from portal.shared.queue import enqueue
from portal.shared.queueing import insert_rows
from portal.shared.transactions import plan_by_present_sizes


def check_next_part(session: Session, *, file_id: int, now: datetime) -> None:
    """Work out what the next part of a return would do; while any is left, the queue does the same again.

    The file is locked first: of two that go on, the second does the part after.
    """
    plan_by_present_sizes(session)
    file = session.get_one(BankFile, file_id, with_for_update=True, populate_existing=True)
    if file.state is not BankFileState.CHECKING:
        return
    found = identify_kept(session, file_id)
    chunk = read_part(session, file, found, find_part(session, file_id, file.checked_parts + 1))
    foreseen = foresee(session, chunk, found.account, today=day_of(now))
    keep_lines(
        session,
        file_id,
        chunk,
        found.account,
        effects=[each.effect for each in foreseen],
        shares=[each.share for each in foreseen],
    )
    file.checked_parts += 1
    if file.checked_parts == file.part_count:
        file.state = BankFileState.READ
    session.flush()
    if file.state is BankFileState.CHECKING:
        enqueue(session, CHECK_RETURN, subject_id=file.id, now=now)


def identify_kept(session: Session, file_id: int) -> Identified:
    """Whose a file is that was kept, and in which layout."""
    return identify(BytesIO(first_line_of(session, file_id)), boleto_accounts(session))


def read_part(
    session: Session,
    file: BankFile,
    found: Identified,
    part: FilePart,
    wanted: Container[int] | None = None,
) -> list[Occurrence]:
    """What a part tells in all its lines, or those `wanted`.

    Like payments are told apart, also from those of the parts before.
    """
    stream = BytesIO(part.content)
    if not file.has_repeats:
        return list(occurrences(stream, found, first=part.first_line, wanted=wanted))
    read = list(occurrences(stream, found, first=part.first_line))
    like = {one.likeness for one in read if one.meaning.brings_money}
    before = count_like_before(session, file.id, line=part.first_line, like=like)
    return [one for one in told_apart(read, before) if wanted is None or one.line in wanted]


def keep_lines(
    session: Session,
    file_id: int,
    chunk: Sequence[Occurrence],
    account: BoletoAccount,
    *,
    effects: Sequence[Effect],
    shares: Sequence[int | None],
) -> None:
    """Write what lines say and do."""
    told = zip(chunk, effects, shares, strict=True)
    rows = [_line(file_id, one, account, effect=effect, share=share) for one, effect, share in told]
    insert_rows(session, BankFileLine, rows)


def _line(
    file_id: int, one: Occurrence, account: BoletoAccount, *, effect: Effect, share: int | None
) -> dict[str, Any]:
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
        "share": share,
    }
