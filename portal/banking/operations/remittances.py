"""Remittances: what the bank is asked to register or to take back."""

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session, joinedload

from portal.banking.models.bank_file import BankFile, BankFileLine, BankFilePart
from portal.banking.models.boleto import Boleto
from portal.banking.queries.account import account_of_series, as_boleto_account, list_accounts
from portal.banking.queries.boletos import waits_for_bank
from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bank_files import (
    PUT_REMITTANCE,
    AlreadySent,
    BankFileKind,
    BankFileState,
    NoFolder,
    NothingToSend,
)
from portal.banking.rules.boleto import BoletoState
from portal.banking.rules.remittances import REGISTER, WITHDRAW, Order, remittance, remittance_name
from portal.invoices.queries.due_dates import payable_days
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.queue import enqueue
from portal.shared.queueing import insert_rows

MOST_ORDERS = 5_000


def make_remittance(
    session: Session, *, account: BoletoAccount, actor: Actor | None, now: datetime
) -> BankFile:
    """The file that asks a bank to register an account's boletos and to take back those not needed any more.

    By nobody (`actor` None) where the portal sends them by itself. Each boleto stands in one such file,
    however often and by however many people it is asked for. A large number of them makes several files.

    Raises:
        NothingToSend: no boleto waits, or today's file asked the very same, which banks refuse.
    """
    audit.lock_streams(session, ())
    waiting = _waiting_for_bank(session, account)
    if not waiting:
        raise NothingToSend
    until = payable_days(session)
    orders = [_order(boleto, until) for boleto in waiting]
    row = account_of_series(session, account.series)
    last = select(func.max(BankFile.number)).where(BankFile.account_id == row.id)
    number = 1 + (session.scalar(last) or 0)
    content = remittance(account, orders, sequence=number, made_at=now)
    sha256 = hashlib.sha256(content).hexdigest()
    if session.scalar(select(BankFile.id).filter_by(kind=BankFileKind.REMITTANCE, sha256=sha256)):
        raise NothingToSend
    file = BankFile(
        kind=BankFileKind.REMITTANCE,
        account=row,
        number=number,
        name=remittance_name(account, sequence=number, made_at=now),
        sha256=sha256,
        size=len(content),
        line_count=len(orders),
        has_repeats=False,
        part_count=1,
        checked_parts=1,
        applied_parts=0,
        state=BankFileState.MADE,
        created_at=now,
        created_by_id=actor.user_id if actor else None,
    )
    session.add(file)
    session.flush()
    _keep_content(session, file, content, list(zip(waiting, orders, strict=True)))
    _note_asked(waiting, orders, file)
    summary = f"Remessa {number} gerada para {row.name}, pedidos ao banco: {len(orders)}"
    log_file(session, file, summary, actor, now=now)
    return file


def mark_sent(session: Session, *, file_id: int, actor: Actor | None, now: datetime) -> None:
    """Say that a remittance went to the bank; by nobody when a job put it into the bank's folder.

    Raises:
        AlreadySent: it was marked before, or is no remittance.
    """
    marked = session.execute(
        update(BankFile)
        .where(BankFile.id == file_id, BankFile.state == BankFileState.MADE)
        .values(state=BankFileState.SENT, sent_at=now, sent_by_id=actor.user_id if actor else None)
        .returning(BankFile.id)
    ).first()
    if marked is None:
        raise AlreadySent
    file = session.get_one(BankFile, file_id, populate_existing=True)
    log_file(session, file, f"Remessa {file.number} enviada ao banco", actor, now=now)


def send_what_waits(session: Session, *, now: datetime) -> int:
    """Put what waits, of every account, into the bank's folder, by nobody; how many files.

    At most one file for each account: a large number of boletos takes several calls.
    """
    sent = 0
    for row in list_accounts(session):
        with suppress(NothingToSend):
            file = make_remittance(session, account=as_boleto_account(row), actor=None, now=now)
            put_into_folder(session, file_id=file.id, has_folder=True, now=now)
            sent += 1
    return sent


def put_into_folder(session: Session, *, file_id: int, has_folder: bool, now: datetime) -> None:
    """Have a remittance put into the bank's folder; it is marked as sent when it is there.

    Raises:
        NoFolder: there is none.
        AlreadySent: it went already.
    """
    if not has_folder:
        raise NoFolder
    if session.get_one(BankFile, file_id).state is not BankFileState.MADE:
        raise AlreadySent
    enqueue(session, PUT_REMITTANCE, subject_id=file_id, now=now)


def _waiting_for_bank(session: Session, account: BoletoAccount) -> list[Boleto]:
    statement = (
        select(Boleto)
        .where(Boleto.series == account.series, waits_for_bank())
        .options(joinedload(Boleto.invoice))
        .order_by(Boleto.id)
        .limit(MOST_ORDERS)
        .with_for_update(of=Boleto)
    )
    return list(session.scalars(statement))


def _note_asked(waiting: Sequence[Boleto], orders: Sequence[Order], file: BankFile) -> None:
    for boleto, order in zip(waiting, orders, strict=True):
        if order.what == REGISTER:
            boleto.remittance_id = file.id
        else:
            boleto.withdrawal_id = file.id


def _order(boleto: Boleto, until: Callable[[date], date]) -> Order:
    return Order(
        what=REGISTER if boleto.state is BoletoState.ISSUED else WITHDRAW,
        number=boleto.number,
        reference=boleto.invoice.label,
        amount_cents=boleto.amount_cents,
        issued_on=day_of(boleto.issued_at),
        due_on=boleto.due_on,
        charges_from=until(boleto.due_on) + timedelta(days=1),
        late_fee_basis_points=boleto.late_fee_basis_points,
        late_interest_basis_points=boleto.late_interest_basis_points,
        payer_name=boleto.payer_name,
        payer_document=boleto.payer_document,
        payer_street=boleto.payer_street,
        payer_district=boleto.payer_district,
        payer_postal_code=boleto.payer_postal_code,
        payer_city=boleto.payer_city,
        payer_state=boleto.payer_state,
    )


def _keep_content(
    session: Session, file: BankFile, content: bytes, asked: Sequence[tuple[Boleto, Order]]
) -> None:
    part = {"file_id": file.id, "place": 1, "first_line": 1, "content": content}
    session.execute(insert(BankFilePart), [part])
    said = enumerate(asked, start=1)
    lines = [_line(file.id, place, boleto, order) for place, (boleto, order) in said]
    insert_rows(session, BankFileLine, lines)


def _line(file_id: int, place: int, boleto: Boleto, order: Order) -> dict[str, Any]:
    return {
        "file_id": file_id,
        "line": place,
        "number": boleto.number,
        "our_number": boleto.our_number,
        "what": "Registrar" if order.what == REGISTER else "Baixar",
        "reasons": "",
        "amount_cents": boleto.amount_cents,
        "fee_cents": None,
        "credited_cents": None,
        "pix": "",
        "likeness": None,
        "effect": None,
        "note": f"Fatura {order.reference}, {boleto.payer_name}",
        "share": None,
    }


def log_file(session: Session, file: BankFile, summary: str, actor: Actor | None, *, now: datetime) -> None:
    """Say in the company's log what was exchanged."""
    audit.record(
        session,
        action="bank_file",
        summary=summary,
        subject=file,
        actor=actor,
        actor_label="" if actor else file.made_by_itself,
        now=now,
        facts={"sha256": file.sha256},
    )
