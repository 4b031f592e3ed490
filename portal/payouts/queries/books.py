"""What must be true of cash and repasse, as queries of the nightly check. Each gives what is broken."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, case, func, not_, or_, select, true
from sqlalchemy.orm import Session

from calculator import AccruedLine
from portal.contracts.models import Contract
from portal.contracts.queries.reading import load_contract
from portal.invoices.models import CreditNote, Invoice, Posting
from portal.invoices.queries.books import balance, cash_by_payment
from portal.invoices.rules.ledger import Account, PostingKind
from portal.invoices.rules.states import InvoiceKind, InvoiceState
from portal.partners.models import Partner
from portal.payouts.models import PayoutTransfer, RepasseAccrual, RepasseReversal, RepasseSum
from portal.payouts.queries.reading import expected_lines
from portal.payouts.rules import ACCRUE_REPASSE, WAS_ACTIVE
from portal.receipts.models.payment import Payment
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.rules.receiving import CURRENCY, PaymentOutcome
from portal.shared.audit import LogEntry, first_broken_position
from portal.shared.queue import QueuedJob
from portal.subscriptions.rules import BilledTo


def find_broken_cash(session: Session) -> Sequence[str]:
    """Keys of payments that did not bring their amount into the cash accounts once (invariant M5).

    Also keys in the ledger that belong to no payment. Cash is what the bank credited: the amount less its
    fee, and less what went back. What was sent back left as it came, but for the fee; what is not in reais
    never was cash.
    """
    back = select(func.coalesce(func.sum(PaymentReturn.amount_cents), 0)).where(
        PaymentReturn.payment_id == Payment.id
    )
    here = Payment.amount_cents - back.scalar_subquery()
    stayed = case((Payment.outcome == PaymentOutcome.RETURNED, 0), else_=here)
    owed = (
        select(Payment.key.label("key"), (stayed - Payment.fee_cents).label("cents"))
        .where(Payment.currency == CURRENCY)
        .subquery()
    )
    booked = cash_by_payment().subquery()
    differs = func.coalesce(owed.c.cents, 0) != func.coalesce(booked.c.cents, 0)
    key = func.coalesce(owed.c.key, booked.c.key)
    both = select(key).select_from(owed.join(booked, owed.c.key == booked.c.key, full=True))
    return session.scalars(both.where(differs).order_by(key)).all()


def find_broken_accruals(session: Session, *, since: datetime | None = None) -> Sequence[int]:
    """Invoices whose repasse is not what their lines, ledger and breakdown give, to the centavo (M14).

    What waits to accrue is no fault yet: its job is on *Operação*. Sums are compared for all; the
    calculator is asked again for what accrued `since` an instant (None: all). A row that accrued is never
    changed, so that what was right then is right now.
    """
    return sorted({*session.scalars(_broken_sums()), *_recalculated_otherwise(session, since)})


def _broken_sums() -> Select[int]:
    """Where accruals are missing, are not the whole invoice, or not what the ledger owes the partner.

    What went back of an invoice, by its payments or a credit note, holds no repasse (M19).
    """
    accrued = (
        select(
            RepasseAccrual.invoice_id,
            func.sum(RepasseAccrual.paid_cents).label("paid"),
            func.sum(RepasseAccrual.repasse_cents).label("repasse"),
        )
        .group_by(RepasseAccrual.invoice_id)
        .subquery()
    )
    owed = (
        select(Posting.invoice_id, (-balance(Account.REPASSE_PAYABLE)).label("cents"))
        .where(Posting.kind == PostingKind.REPASSE)
        .group_by(Posting.invoice_id)
        .subquery()
    )
    is_due = (
        (Invoice.state == InvoiceState.PAID)
        & (Invoice.kind != InvoiceKind.AGREEMENT)
        & (Invoice.billed_to == BilledTo.CUSTOMER)
        & Contract.state.in_(WAS_ACTIVE)
    )
    shared = Invoice.amount_cents - Invoice.carried_cents  # late charges are nobody's repasse
    whole = case(
        (is_due | accrued.c.paid.is_not(None), func.coalesce(accrued.c.paid, 0) == shared),
        else_=true(),
    ) & _is_kept(accrued.c.paid)
    not_yet = is_due & _waits()
    told = func.coalesce(accrued.c.repasse, 0) == func.coalesce(owed.c.cents, 0)
    return (
        select(Invoice.id)
        .join(Contract, Contract.id == Invoice.contract_id)
        .outerjoin(accrued, accrued.c.invoice_id == Invoice.id)
        .outerjoin(owed, owed.c.invoice_id == Invoice.id)
        .where(not_(whole & told), not_(not_yet))
    )


def _waits() -> ColumnElement[bool]:
    """Whether the repasse of the present invoice is still to be looked at."""
    job = select(QueuedJob.id).where(
        QueuedJob.kind == ACCRUE_REPASSE, QueuedJob.subject_id == Invoice.id, QueuedJob.state == "waiting"
    )
    return job.exists()


def _is_kept(accrued_cents: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether the repasse of the present invoice is held by no more than what was kept of its money."""
    taken = select(func.coalesce(func.sum(RepasseReversal.paid_cents), 0)).where(
        RepasseReversal.invoice_id == Invoice.id
    )
    noted = select(func.coalesce(func.sum(CreditNote.amount_cents), 0)).where(
        CreditNote.invoice_id == Invoice.id, CreditNote.cancels_invoice.is_(False)
    )
    kept = func.greatest(Invoice.paid_cents - noted.scalar_subquery(), 0)
    return func.coalesce(accrued_cents + taken.scalar_subquery(), 0) <= kept


def _recalculated_otherwise(session: Session, since: datetime | None) -> Iterator[int]:
    rows = select(RepasseAccrual).order_by(RepasseAccrual.invoice_id, RepasseAccrual.position)
    if since is not None:
        rows = rows.where(RepasseAccrual.accrued_at >= since)
    for invoice_id, accrued in groupby(session.scalars(rows.execution_options(yield_per=500)), _invoice_of):
        invoice = session.get_one(Invoice, invoice_id)
        expected = expected_lines(session, invoice, load_contract(session, invoice.contract_id))
        if [_stored(row) for row in accrued] != [_figures(line) for line in expected]:
            yield invoice_id


def _invoice_of(row: RepasseAccrual) -> int:
    return row.invoice_id


_OF_PARTNERS = (
    PostingKind.REPASSE,
    PostingKind.REPASSE_REVERSED,
    PostingKind.PAYOUT,
    PostingKind.PAYOUT_UNDONE,
)


def find_broken_payables(session: Session) -> Sequence[int]:
    """Partners to whom the ledger owes another repasse than their accruals and reversals less what was paid
    and not undone.

    That lots are what their lines are, and lines what they stand for, the database sees to.
    """
    owed = (
        select(Posting.partner_id, (-balance(Account.REPASSE_PAYABLE)).label("cents"))
        .where(Posting.kind.in_(_OF_PARTNERS))
        .group_by(Posting.partner_id)
        .subquery()
    )
    given = _sum_by_partner(RepasseAccrual.partner_id, RepasseAccrual.repasse_cents)
    taken = _sum_by_partner(RepasseReversal.partner_id, RepasseReversal.repasse_cents)
    paid = _sum_by_partner(PayoutTransfer.partner_id, PayoutTransfer.amount_cents, PayoutTransfer.stands())
    rest = func.coalesce(given.c.cents, 0) + func.coalesce(taken.c.cents, 0) - func.coalesce(paid.c.cents, 0)
    statement = select(Partner.id)
    for sums in (owed, given, taken, paid):
        statement = statement.outerjoin(sums, sums.c.partner_id == Partner.id)
    return session.scalars(statement.where(func.coalesce(owed.c.cents, 0) != rest).order_by(Partner.id)).all()


def find_broken_repasse_sums(session: Session) -> Sequence[int]:
    """Partners of whom a month's kept sums are not those of its accruals (M14)."""
    rows, kept = (_by_month(table) for table in (RepasseAccrual, RepasseSum))
    names = ("paid", "cost", "central_fee", "vendor_share", "repasse")
    differs = or_(
        *(
            func.coalesce(rows.c[f"{name}_cents"], 0) != func.coalesce(kept.c[f"{name}_cents"], 0)
            for name in names
        )
    )
    same = (rows.c.partner_id == kept.c.partner_id) & (rows.c.month == kept.c.month)
    both = rows.join(kept, same, full=True)
    partner_id = func.coalesce(rows.c.partner_id, kept.c.partner_id)
    found = select(partner_id).select_from(both).where(differs).distinct().order_by(partner_id)
    return session.scalars(found).all()


def _by_month(table: Any) -> Subquery:
    sums = (
        table.paid_cents,
        table.cost_cents,
        table.central_fee_cents,
        table.vendor_share_cents,
        table.repasse_cents,
    )
    added = (func.sum(column).label(column.key) for column in sums)
    return select(table.partner_id, table.month, *added).group_by(table.partner_id, table.month).subquery()


def _sum_by_partner(partner_id: Any, cents: Any, *conditions: ColumnElement[bool]) -> Subquery:
    sums = select(partner_id, func.sum(cents).label("cents")).where(*conditions)
    return sums.group_by(partner_id).subquery()


def find_broken_logs(session: Session, *, since: datetime) -> Sequence[str]:
    """Streams of the log that grew since an instant and whose chain does not hold (invariant L1)."""
    streams = session.scalars(
        select(LogEntry.stream).where(LogEntry.at >= since).distinct().order_by(LogEntry.stream)
    ).all()
    return [stream for stream in streams if first_broken_position(session, stream) is not None]


def _figures(line: AccruedLine) -> tuple[int, ...]:
    return (
        line.amount_cents,
        line.cost_cents,
        line.central_fee_cents,
        line.vendor_share_cents,
        line.repasse_cents,
    )


def _stored(row: RepasseAccrual) -> tuple[int, ...]:
    return (
        row.paid_cents,
        row.cost_cents,
        row.central_fee_cents,
        row.vendor_share_cents,
        row.repasse_cents,
    )
