"""Accounts at banks: opened, changed, closed; each way to be paid has one that receives it."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.banking.models.account import BankAccount
from portal.banking.queries.account import as_boleto_account
from portal.banking.rules.account_changes import (
    DEFAULTS,
    AccountChangedMeanwhile,
    AccountTaken,
    ChangedAccount,
    DefaultStays,
    NewAccount,
    PixNeedsKey,
)
from portal.banking.rules.accounts import check_account
from portal.shared import audit
from portal.shared.auth import Actor


def open_account(session: Session, *, values: NewAccount, actor: Actor, now: datetime) -> BankAccount:
    """Add an account, and let it receive what is asked for.

    Raises:
        UnusableAccount: naming what its bank would not know.
        AccountTaken: there is one like it.
        PixNeedsKey: it is to receive Pix without a key.
    """
    row = BankAccount(
        bank=values.bank,
        branch=values.branch,
        account=values.account,
        account_digit=values.account_digit,
        wallet=values.wallet,
        agreement=values.agreement,
        first_number=values.first_number,
        created_at=now,
        closed_at=None,
        is_boleto_default=False,
        is_pix_default=False,
        is_ted_default=False,
    )
    _fill(row, values)
    as_typed = as_boleto_account(row)
    check_account(as_typed)
    row.series = as_typed.series
    taken = select(BankAccount.id).where(
        (BankAccount.bank == row.bank)
        & (BankAccount.branch == row.branch)
        & (BankAccount.account == row.account)
        & (BankAccount.agreement == row.agreement)
    )
    if session.scalar(taken) is not None:
        raise AccountTaken
    session.add(row)
    session.flush()
    _make_default(session, row, values)
    _log(session, row, "bank_account_opened", f"Conta de cobrança {row.name} criada", actor, now=now)
    return row


def change_account(
    session: Session, *, account_id: int, values: ChangedAccount, actor: Actor, now: datetime
) -> None:
    """Change an account, let it receive what is asked for, close it or open it again.

    Raises:
        AccountChangedMeanwhile: somebody changed it since the page was opened.
        UnusableAccount, PixNeedsKey: as for a new one.
        DefaultStays: it is to be closed while something is still received by it.
    """
    row = session.get_one(BankAccount, account_id, with_for_update=True, populate_existing=True)
    if row.lock_version != values.lock_version:
        raise AccountChangedMeanwhile
    _fill(row, values)
    check_account(as_boleto_account(row))
    if values.is_closed and any(getattr(row, flag) or getattr(values, flag) for flag in DEFAULTS):
        raise DefaultStays
    row.closed_at = (row.closed_at or now) if values.is_closed else None
    session.flush()
    _make_default(session, row, values)
    said = "fechada" if values.is_closed else "alterada"
    _log(session, row, "bank_account_changed", f"Conta de cobrança {row.name} {said}", actor, now=now)


def _fill(row: BankAccount, values: ChangedAccount) -> None:
    row.name, row.pix_key, row.last_number = values.name, values.pix_key, values.last_number
    row.variation, row.transmission = values.variation, values.transmission


def _make_default(session: Session, row: BankAccount, values: ChangedAccount) -> None:
    if (values.is_pix_default or row.is_pix_default) and not row.pix_key:
        raise PixNeedsKey
    for flag in DEFAULTS:
        if getattr(values, flag) and not getattr(row, flag):
            column = getattr(BankAccount, flag)
            session.execute(update(BankAccount).where(column, BankAccount.id != row.id).values({flag: False}))
            setattr(row, flag, True)
    session.flush()


def _log(
    session: Session, row: BankAccount, action: str, summary: str, actor: Actor, *, now: datetime
) -> None:
    facts = {"series": row.series, "last_number": row.last_number, "pix_key": row.pix_key}
    facts |= {flag: getattr(row, flag) for flag in DEFAULTS}
    audit.record(session, action=action, summary=summary, subject=row, actor=actor, now=now, facts=facts)
