"""Statements of our accounts: kept as they come, and their TEDs matched with what is owed."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.banking.models.account import BankAccount
from portal.banking.models.statement import BankStatement, StatementLine
from portal.banking.queries.account import list_accounts
from portal.banking.queries.statements import (
    customers_about,
    find_own_invoice,
    find_statement,
    known_lines,
    payers_of,
)
from portal.banking.rules.return_lines import UnreadableFile
from portal.banking.rules.statement import (
    MATCH_STATEMENT,
    AlreadyTaken,
    LineOutcome,
    Statement,
    StatementEntry,
    may_be_ted,
    names_account,
    read_statement,
)
from portal.invoices.queries.reading import lock_invoice
from portal.receipts.models.ted import TedTransfer
from portal.receipts.models.ted_credit import TedCredit
from portal.receipts.operations.ted import await_ted, confirm_ted, confirm_ted_again
from portal.receipts.operations.ted_credits import receive_ted, tell_of_ted
from portal.receipts.rules.receiving import Payer
from portal.receipts.rules.ted import PENDING, TedState
from portal.receipts.rules.ted_credits import BankWord, ToldTed
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.queue import enqueue
from portal.shared.refusals import Refusal
from portal.users.models import User

AT_ONCE = 50
LONGEST_NAME = 100


def take_statement(
    session: Session, *, name: str, content: bytes, actor: Actor, now: datetime
) -> BankStatement:
    """Keep a statement and have its TEDs matched; what an earlier one told of is not told again.

    Raises:
        UnreadableFile: it is no statement of our accounts, is damaged, or says of an entry something else
            than an earlier one; naming the line. Nothing is kept.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    known = find_statement(session, sha256)
    if known is not None:
        return known
    told = read_statement(content, today=day_of(now))
    account = _account_of(session, told)
    audit.lock_streams(session, ())  # of two who bring overlapping statements, the second sees the first's
    received = [entry for entry in told.entries if entry.amount_cents > 0]
    before = known_lines(session, account, (entry.fitid for entry in received))
    _require_same(received, before)
    statement = BankStatement(
        account=account,
        name=name[:LONGEST_NAME] or "extrato.ofx",
        sha256=sha256,
        content=content,
        first_on=told.first_on,
        last_on=told.last_on,
        entries=len(told.entries),
        debits=len(told.entries) - len(received),
        known=len(before),
        created_at=now,
        created_by_id=actor.user_id,
    )
    session.add(statement)
    session.flush()
    new = [entry for entry in received if entry.fitid not in before]
    if new:
        session.execute(insert(StatementLine), [_line(statement, entry) for entry in new])
    enqueue(session, MATCH_STATEMENT, subject_id=statement.id, now=now)
    _log(session, statement, f"Extrato {statement.name} recebido, créditos novos: {len(new)}", actor, now=now)
    return statement


def _require_same(received: Iterable[StatementEntry], before: Mapping[str, StatementLine]) -> None:
    for entry in received:
        line = before.get(entry.fitid)
        if line is not None and (line.posted_on, line.amount_cents) != (entry.on, entry.amount_cents):
            raise UnreadableFile(
                f"A linha {entry.line} traz a identificação (FITID) de outro lançamento, de"
                f" {format_date(line.posted_on)}. Baixe o extrato de novo ou fale com o banco."
            )


def _line(statement: BankStatement, entry: StatementEntry) -> dict[str, object]:
    return {
        "statement_id": statement.id,
        "account_id": statement.account.id,
        "line": entry.line,
        "fitid": entry.fitid,
        "posted_on": entry.on,
        "amount_cents": entry.amount_cents,
        "text": entry.text,
        "outcome": LineOutcome.WAITING,
    }


def match_some(session: Session, *, statement_id: int, now: datetime) -> bool:
    """Match the next lines of a statement; whether any is left. The person who brought it confirms by it."""
    statement = session.get_one(BankStatement, statement_id, with_for_update=True)
    waiting = (
        select(StatementLine)
        .where(StatementLine.statement_id == statement.id, StatementLine.outcome == LineOutcome.WAITING)
        .order_by(StatementLine.line, StatementLine.id)
        .limit(AT_ONCE)
    )
    lines = session.scalars(waiting).all()
    person = session.get_one(User, statement.created_by_id)
    actor = Actor(user_id=person.id, session_token="", name=person.name, email=person.email, role=person.role)
    _match(session, lines, is_chosen=False, actor=actor, now=now)
    return len(lines) == AT_ONCE


def take_as_ted(session: Session, *, line: StatementLine, actor: Actor, now: datetime) -> StatementLine:
    """A person says that an entry is a TED, whatever its words are.

    Raises:
        AlreadyTaken: it is one already, or not looked at yet.
    """
    locked = session.get_one(StatementLine, line.id, with_for_update=True, populate_existing=True)
    if locked.outcome is not LineOutcome.OTHER:
        raise AlreadyTaken
    _match(session, [locked], is_chosen=True, actor=actor, now=now)
    return locked


def _match(
    session: Session, lines: Sequence[StatementLine], *, is_chosen: bool, actor: Actor, now: datetime
) -> None:
    payers = payers_of(session, [line.text for line in lines])
    documents = [payer.document for payer in payers]
    if lines:
        audit.lock_streams(session, customers_about(session, lines, documents))
    for line, payer in zip(lines, payers, strict=True):
        if not is_chosen and not may_be_ted(line.text, has_known_payer=bool(payer.name)):
            line.outcome = LineOutcome.OTHER
            continue
        told = ToldTed(
            word=BankWord.STATEMENT,
            reference=f"{session.get_one(BankAccount, line.account_id).series}:{line.fitid}",
            on=line.posted_on,
            amount_cents=line.amount_cents,
            payer=payer,
            text=line.text,
        )
        credit = tell_of_ted(session, told, now=now)
        if credit is None:
            raise ValueError("a line is matched once")
        line.outcome, line.credit_id = _place(session, credit, payer, line, actor, now=now), credit.id
        session.flush()


def _place(
    session: Session, credit: TedCredit, payer: Payer, line: StatementLine, actor: Actor, *, now: datetime
) -> LineOutcome:
    """What becomes of a TED that a statement tells of: the payer's invoice is paid, or a person decides."""
    if credit.doubts_id is not None and credit.is_same is None:
        return LineOutcome.DOUBT
    if credit.payment_id is not None:
        return LineOutcome.KNOWN
    if credit.transfer_id is not None:
        return _confirm(session, session.get_one(TedTransfer, credit.transfer_id), credit, actor, now=now)
    found = find_own_invoice(
        session,
        credit.payer_document or payer.document,
        text=f"{line.text} {credit.text}",
        amount_cents=credit.amount_cents,
        on=credit.credited_on,
    )
    invoice = lock_invoice(session, found.id) if found else None
    transfer = await_ted(session, credit, invoice, now=now) if invoice else None
    if transfer is not None:
        return _confirm(session, transfer, credit, actor, now=now)
    receive_ted(session, credit, invoice_id=None, now=now)
    return LineOutcome.PARKED


def _confirm(
    session: Session, transfer: TedTransfer, credit: TedCredit, actor: Actor, *, now: datetime
) -> LineOutcome:
    """Who brings a statement saw the money in it; what that person may not confirm waits for another."""
    if transfer.state not in PENDING:
        return LineOutcome.KNOWN
    try:
        if transfer.state is TedState.WAITING:
            confirm_ted(
                session,
                transfer=transfer,
                amount_cents=credit.amount_cents,
                credited_on=credit.credited_on,
                actor=actor,
                now=now,
            )
        elif (transfer.amount_cents, transfer.credited_on) == (credit.amount_cents, credit.credited_on):
            confirm_ted_again(session, transfer=transfer, actor=actor, now=now)
    except Refusal:
        return LineOutcome.SECOND if transfer.state is TedState.CONFIRMED_ONCE else LineOutcome.ANOTHER
    return LineOutcome.CONFIRMED if transfer.state is TedState.CONFIRMED else LineOutcome.SECOND


def _account_of(session: Session, told: Statement) -> BankAccount:
    found = [
        account
        for account in list_accounts(session)
        if names_account(
            told,
            bank=account.bank,
            branch=account.branch,
            account=account.account,
            digit=account.account_digit,
        )
    ]
    if len({(account.bank, account.branch, account.account) for account in found}) != 1:
        raise UnreadableFile(
            f"Este extrato é da conta {told.account[:30]} do banco {told.bank[:9]}, que não é uma das nossas."
            " Confira as contas de cobrança."
        )
    return min(found, key=lambda account: account.id)


def _log(session: Session, statement: BankStatement, summary: str, actor: Actor, *, now: datetime) -> None:
    audit.record(
        session,
        action="bank_statement",
        summary=summary,
        subject=statement,
        actor=actor,
        now=now,
        facts={"sha256": statement.sha256},
    )
