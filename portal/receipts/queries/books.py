"""What must be true of payments, for the nightly check: each query gives what is not."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Date, Interval, String, Subquery, cast, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice, Posting
from portal.invoices.rules.billing import INVOICE_ISSUED
from portal.invoices.rules.ledger import SETTLING, Account, PostingKind
from portal.invoices.rules.states import InvoiceState
from portal.receipts.models.credit_use import CreditUse
from portal.receipts.models.income_sum import IncomeSum
from portal.receipts.models.payment import Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.rules.receiving import CURRENCY, PaymentOutcome
from portal.receipts.rules.refunds import LIVE_REFUND, LONGEST_UNKNOWN, RefundState
from portal.shared.mail_rows import MailMessage, MailState
from portal.tasks.models import Task

ON_ITS_WAY = timedelta(minutes=10)


def find_broken_matches(session: Session) -> Sequence[int]:
    """Payments that settled an invoice by another currency, or by nothing or more than they brought (S4).

    That both are one customer's holds the database.
    """
    used = func.coalesce(func.sum(Posting.amount_cents), 0)
    statement = (
        select(Payment.id)
        .join(Invoice, Invoice.id == Payment.invoice_id)
        .outerjoin(
            Posting,
            (Posting.invoice_id == Invoice.id)
            & (Posting.payment_key == cast(Payment.source, String) + ":" + Payment.external_id)
            & Posting.credit_account.in_((Account.RECEIVABLE, Account.LATE_CHARGES))
            & Posting.kind.in_((*SETTLING, PostingKind.LATE_CHARGES)),
        )
        .where(Payment.outcome == PaymentOutcome.SETTLED)
        .group_by(Payment.id, Payment.currency, Payment.amount_cents, Invoice.currency)
        .having(or_(Payment.currency != Invoice.currency, used == 0, used > Payment.amount_cents))
        .order_by(Payment.id)
    )
    return session.scalars(statement).all()


def find_late_messages(session: Session) -> Sequence[int]:
    """Invoices somebody was asked to pay after their money was in (invariant M13).

    A mail that was on its way to the server while the payment came is none.
    """
    last = last_money()
    asked_late = or_(
        MailMessage.created_at > last.c.at, MailMessage.sent_at > last.c.at + literal(ON_ITS_WAY, Interval)
    )
    statement = (
        select(Invoice.id)
        .join(last, last.c.invoice_id == Invoice.id)
        .join(MailMessage, (MailMessage.subject_id == Invoice.id) & (MailMessage.kind == INVOICE_ISSUED))
        .where(Invoice.state == InvoiceState.PAID, MailMessage.state != MailState.NOT_NEEDED, asked_late)
        .distinct()
        .order_by(Invoice.id)
    )
    return session.scalars(statement).all()


def last_money() -> Subquery:
    """When the last money for each invoice was in, as `invoice_id` and `at`."""
    paid = (
        select(Payment.invoice_id.label("invoice_id"), Payment.received_at.label("at"))
        .where(Payment.outcome == PaymentOutcome.SETTLED)
        .union_all(select(CreditUse.invoice_id, CreditUse.used_at))
        .subquery()
    )
    return select(paid.c.invoice_id, func.max(paid.c.at).label("at")).group_by(paid.c.invoice_id).subquery()


def find_unbooked_refunds(session: Session) -> Sequence[int]:
    """Refunds that are done and are not in the books by their amount, or in them before (invariant M5).

    Of one for which less was left than went, finance was asked (`refund_twice`).
    """
    noticed = exists().where(Task.key == func.concat("refund_twice:", Refund.id))
    statement = (
        select(Refund.id)
        .outerjoin(PaymentReturn, PaymentReturn.id == Refund.return_id)
        .where(
            or_(
                (Refund.state == RefundState.DONE)
                & (func.coalesce(PaymentReturn.amount_cents, 0) != Refund.amount_cents)
                & ~noticed,
                PaymentReturn.payment_id != Refund.payment_id,
            )
        )
    )
    return session.scalars(statement.order_by(Refund.id)).all()


def find_old_refunds(session: Session, *, now: datetime) -> Sequence[str]:
    """Our keys of refunds of which nobody said for a day whether they were taken (invariant S6).

    One that the processor or the bank has and is still at work on bears its reference.
    """
    unknown = select(Refund.key).where(
        Refund.state.in_(LIVE_REFUND),
        Refund.by_hand.is_(False),
        Refund.reference == "",
        Refund.asked_at < now - LONGEST_UNKNOWN,
    )
    return session.scalars(unknown.order_by(Refund.id)).all()


def find_broken_fees(session: Session) -> Sequence[str]:
    """Keys of payments of which the bank's fee and what it credited are not what was paid (invariant M18).

    The fee is the ledger's too: what the payer paid is the whole, and the fee our cost.
    """
    fees = (
        select(Posting.payment_key.label("key"), func.sum(Posting.amount_cents).label("cents"))
        .where(Posting.debit_account == Account.BANK_FEES)
        .group_by(Posting.payment_key)
        .subquery()
    )
    statement = (
        select(Payment.key)
        .outerjoin(fees, fees.c.key == Payment.key)
        .where(
            or_(
                Payment.amount_cents != Payment.fee_cents + Payment.credited_cents,
                func.coalesce(fees.c.cents, 0) != Payment.fee_cents,
            )
        )
        .order_by(Payment.id)
    )
    return session.scalars(statement).all()


def find_broken_income_sums(session: Session) -> Sequence[date]:
    """Days whose kept sums are not those of the payments that came in by some way (M5)."""
    paid_on = cast(func.timezone("America/Sao_Paulo", Payment.paid_at), Date).label("paid_on")
    rows = (
        select(
            paid_on,
            Payment.source,
            func.count().label("count"),
            func.sum(Payment.amount_cents).label("cents"),
        )
        .where(Payment.currency == CURRENCY, Payment.outcome != PaymentOutcome.RETURNED)
        .group_by(paid_on, Payment.source)
        .subquery()
    )
    kept = (
        select(
            IncomeSum.paid_on,
            IncomeSum.source,
            func.sum(IncomeSum.count).label("count"),
            func.sum(IncomeSum.amount_cents).label("cents"),
        )
        .group_by(IncomeSum.paid_on, IncomeSum.source)
        .subquery()
    )
    differs = or_(
        func.coalesce(rows.c["count"], 0) != func.coalesce(kept.c["count"], 0),
        func.coalesce(rows.c.cents, 0) != func.coalesce(kept.c.cents, 0),
    )
    day = func.coalesce(rows.c.paid_on, kept.c.paid_on)
    same = (rows.c.paid_on == kept.c.paid_on) & (rows.c.source == kept.c.source)
    both = rows.join(kept, same, full=True)
    return session.scalars(select(day).select_from(both).where(differs).distinct().order_by(day)).all()
