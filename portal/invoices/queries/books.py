"""What must be true of invoices and ledger, as queries of the nightly check. Each gives what is broken."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    case,
    exists,
    func,
    not_,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.invoices.models import (
    BillingChunk,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    OpenSum,
    Posting,
    VoidedNumber,
)
from portal.invoices.rules.billing import INVOICE_ISSUED
from portal.invoices.rules.ledger import CASH, Account
from portal.invoices.rules.states import HELD, OWED, InvoiceKind, InvoiceState
from portal.shared.mail_rows import MailMessage, MailState

SERIES = "main"


def balance(account: Account) -> ColumnElement[Any]:
    """What postings leave on an account: debits less credits, in centavos."""
    return func.coalesce(
        func.sum(
            case(
                (Posting.debit_account == account, Posting.amount_cents),
                (Posting.credit_account == account, -Posting.amount_cents),
                else_=0,
            )
        ),
        0,
    )


def find_broken_receivables(session: Session) -> Sequence[int]:
    """Invoices whose receivable in the ledger is not what is open (invariant M4)."""
    owed = case((Invoice.state.in_(HELD), Invoice.amount_cents - Invoice.paid_cents), else_=0)
    statement = (
        select(Invoice.id)
        .outerjoin(Posting, Posting.invoice_id == Invoice.id)
        .group_by(Invoice.id)
        .having(balance(Account.RECEIVABLE) != owed)
        .order_by(Invoice.id)
    )
    return session.scalars(statement).all()


def find_invoices_after_end(session: Session) -> Sequence[int]:
    """Open invoices for months after the end of their contract (invariant M10).

    Where another contract goes on with what is billed already, as an amendment does, the month is still owed.
    """
    follower = aliased(Contract)
    is_followed = exists().where(follower.base_contract_id == Contract.id, follower.activated_at.is_not(None))
    return session.scalars(
        select(Invoice.id)
        .join(Contract, Contract.id == Invoice.contract_id)
        .where(
            Contract.state == ContractState.ENDED,
            Invoice.state.in_(OWED),
            Invoice.kind != InvoiceKind.AGREEMENT,
            func.coalesce(Invoice.period_from, Invoice.due_month) > Contract.ends_on,
            not_(is_followed),
        )
        .order_by(Invoice.id)
    ).all()


def find_broken_sums(session: Session) -> Sequence[int]:
    """Invoices whose lines do not add up to their amount (invariant M11)."""
    total = func.coalesce(func.sum(InvoiceLine.amount_cents), 0)
    statement = (
        select(Invoice.id)
        .outerjoin(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .group_by(Invoice.id)
        .having(total != Invoice.amount_cents)
        .order_by(Invoice.id)
    )
    return session.scalars(statement).all()


def find_missing_numbers(session: Session) -> Sequence[int]:
    """Numbers that were given out and that neither an invoice nor a voided number bears, or that are borne
    and were never given out (invariant M12).

    Those of a chunk that waits to be done are on their way. Counted first: they are looked for only where
    the counts differ.
    """
    waiting = select(func.coalesce(func.sum(BillingChunk.count), 0)).where(BillingChunk.done_at.is_(None))
    given, on_their_way, borne, voided = session.execute(
        select(
            select(func.coalesce(func.sum(InvoiceSeries.last_number), 0))
            .where(InvoiceSeries.name == SERIES)
            .scalar_subquery(),
            waiting.scalar_subquery(),
            select(func.count(Invoice.number)).scalar_subquery(),
            select(func.count(VoidedNumber.number)).scalar_subquery(),
        )
    ).one()
    if int(given) == int(on_their_way) + int(borne) + int(voided):
        return []
    return session.scalars(_numbers_astray(int(given))).all()


def _numbers_astray(last: int) -> CompoundSelect[int]:
    number = func.generate_series(1, last, type_=BigInteger).column_valued("given")
    is_borne = exists().where(Invoice.number == number) | exists().where(VoidedNumber.number == number)
    comes = exists().where(
        BillingChunk.done_at.is_(None),
        number.between(BillingChunk.first_number, BillingChunk.first_number + BillingChunk.count - 1),
    )
    never_given = select(Invoice.number).where(Invoice.number > last)
    return select(number).where(not_(is_borne), not_(comes)).union_all(never_given).order_by("given")


def find_repeated_messages(session: Session) -> Sequence[int]:
    """Invoices that one address was told of twice without anybody's asking for it again (invariant M13)."""
    is_first = MailMessage.facts["is_first_mail"].as_boolean()
    statement = (
        select(MailMessage.subject_id)
        .where(MailMessage.kind == INVOICE_ISSUED, is_first, MailMessage.state != MailState.NOT_NEEDED)
        .group_by(MailMessage.subject_id, func.lower(MailMessage.to_address))
        .having(func.count() > 1)
    )
    return sorted({found for found in session.scalars(statement) if found is not None})


def cash_by_payment() -> Select[str, int]:
    """What each payment brought in by the ledger, in centavos, as `key` and `cents` (for invariant M5)."""
    amount = case(
        (Posting.debit_account.in_(CASH), Posting.amount_cents),
        (Posting.credit_account.in_(CASH), -Posting.amount_cents),
        else_=0,
    )
    return (
        select(Posting.payment_key.label("key"), func.sum(amount).label("cents"))
        .where(Posting.debit_account.in_(CASH) | Posting.credit_account.in_(CASH))
        .group_by(Posting.payment_key)
    )


def find_broken_open_sums(session: Session) -> Sequence[date]:
    """Due days whose kept sums are not those of their open invoices (M4)."""
    rows = (
        select(
            Invoice.due_on,
            func.count().label("count"),
            func.sum(Invoice.amount_cents - Invoice.paid_cents).label("cents"),
        )
        .where(Invoice.state == InvoiceState.OPEN)
        .group_by(Invoice.due_on)
        .subquery()
    )
    kept = (
        select(
            OpenSum.due_on,
            func.sum(OpenSum.count).label("count"),
            func.sum(OpenSum.open_cents).label("cents"),
        )
        .group_by(OpenSum.due_on)
        .subquery()
    )
    differs = or_(
        func.coalesce(rows.c["count"], 0) != func.coalesce(kept.c["count"], 0),
        func.coalesce(rows.c.cents, 0) != func.coalesce(kept.c.cents, 0),
    )
    day = func.coalesce(rows.c.due_on, kept.c.due_on)
    both = rows.join(kept, rows.c.due_on == kept.c.due_on, full=True)
    return session.scalars(select(day).select_from(both).where(differs).order_by(day)).all()
