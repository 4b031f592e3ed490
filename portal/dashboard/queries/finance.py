"""Finance today: what came in, what failed, what is owed and how late, income by month. Of all partners."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Row,
    SQLColumnExpression,
    cast,
    func,
    literal,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from portal.banking.models.boleto import Boleto
from portal.banking.rules.boleto import BoletoState
from portal.cards.models.charge import Charge
from portal.cards.rules.cards import ChargeState
from portal.customers.models import Customer
from portal.dashboard.rules import DueRange, aging_ranges, months_until
from portal.invoices.models import Invoice, OpenSum
from portal.invoices.queries.due_dates import payable_days
from portal.payouts.models import Payout, PayoutTransfer
from portal.receipts.models.dispute import PaymentDispute
from portal.receipts.models.income_sum import IncomeSum
from portal.receipts.models.payment import ParkedPayment, Payment
from portal.receipts.models.refund import Refund
from portal.receipts.models.returning import PaymentReturn
from portal.receipts.rules.disputes import DisputeState
from portal.receipts.rules.receiving import CURRENCY, PaymentSource
from portal.receipts.rules.refunds import LIVE_REFUND
from portal.shared.clock import at_sao_paulo

LATELY_DAYS = 7
FAILURES_SHOWN = 10
MONTHS_BACK = 12
CARD_DECLINED, BOLETO_REJECTED = "Cartão recusado", "Boleto recusado pelo banco"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """How many, and centavos together."""

    count: int
    cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """What came in on a day and in the seven days up to it; what was sent back is left out."""

    today: Sum
    lately: Sum


@dataclass(frozen=True, slots=True, kw_only=True)
class AgingBucket:
    """Open invoices that are so late: how many, and what of them is open."""

    range: DueRange
    open: Sum


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthIncome:
    """What came in during a month, by way, in centavos."""

    month: date
    cents: Mapping[PaymentSource, int]

    @property
    def total_cents(self) -> int:
        """By all ways together."""
        return sum(self.cents.values())


def received(session: Session, *, today: date) -> Received:
    """One statement."""
    is_today = IncomeSum.paid_on == today
    row = session.execute(
        select(
            *_sums(IncomeSum.count, is_today),
            *_sums(IncomeSum.amount_cents, is_today),
        ).where(IncomeSum.paid_on >= first_of_lately(today))
    ).one()
    counted, counted_today, cents, cents_today = (int(value) for value in row)
    return Received(today=Sum(count=counted_today, cents=cents_today), lately=Sum(count=counted, cents=cents))


def _sums(column: Any, condition: ColumnElement[bool]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    """Of all rows, and of those that meet a condition."""
    return func.coalesce(func.sum(column), 0), func.coalesce(func.sum(column).filter(condition), 0)


def first_of_lately(today: date) -> date:
    """The first of the seven days that end with this one."""
    return today - timedelta(days=LATELY_DAYS - 1)


def list_failures(session: Session, *, today: date) -> Sequence[Row[str, datetime, str, int, int, int, str]]:
    """Charges that were declined and boletos the bank refused in the last seven days, the newest first.

    As (what, at, why, cents, invoice id, invoice number, customer); a card's `why` is the processor's code.
    """
    since = at_sao_paulo(first_of_lately(today))
    charges = select(
        literal(CARD_DECLINED).label("what"),
        Charge.settled_at.label("at"),
        Charge.reason.label("why"),
        Charge.amount_cents.label("cents"),
        Charge.invoice_id,
        Charge.customer_id,
    ).where(Charge.state == ChargeState.DECLINED, Charge.settled_at >= since)
    boletos = select(
        literal(BOLETO_REJECTED),
        Boleto.rejected_at,
        Boleto.rejection,
        Boleto.amount_cents,
        Boleto.invoice_id,
        Boleto.customer_id,
    ).where(Boleto.state == BoletoState.REJECTED, Boleto.rejected_at >= since)
    failed = union_all(charges, boletos).subquery().c
    return session.execute(
        select(
            failed.what,
            failed.at,
            failed.why,
            failed.cents,
            Invoice.id.label("invoice_id"),
            Invoice.number,
            Customer.display_name.label("customer"),
        )
        .select_from(Invoice)
        .join(failed.invoice_id.table, failed.invoice_id == Invoice.id)
        .join(Customer, Customer.id == Invoice.customer_id)
        .order_by(failed.at.desc(), Invoice.id)
        .limit(FAILURES_SHOWN)
    ).all()


def money_to_place(session: Session) -> tuple[Sum, Sum]:
    """Payments nobody has decided about, those in reais, less what went back of them; and closed lots above
    zero that are not paid yet. One statement.
    """
    back = select(func.coalesce(func.sum(PaymentReturn.amount_cents), 0)).where(
        PaymentReturn.payment_id == Payment.id
    )
    parked = (
        select(*_counted(Payment.amount_cents - back.scalar_subquery()))
        .select_from(ParkedPayment)
        .join(Payment, Payment.id == ParkedPayment.payment_id)
        .where(ParkedPayment.resolved_at.is_(None), Payment.currency == CURRENCY)
        .subquery("parked")
    )
    paid = select(PayoutTransfer.id).where(PayoutTransfer.payout_id == Payout.id, PayoutTransfer.stands())
    lots = (
        select(*_counted(Payout.total_cents)).where(Payout.total_cents > 0, ~paid.exists()).subquery("lots")
    )
    row = session.execute(select(parked, lots).join(lots, true())).one()
    return Sum(count=row[0], cents=int(row[1])), Sum(count=row[2], cents=int(row[3]))


def _counted(cents: SQLColumnExpression[int]) -> tuple[ColumnElement[int], ColumnElement[int]]:
    return func.count().label("count"), func.coalesce(func.sum(cents), 0).label("cents")


@dataclass(frozen=True, slots=True, kw_only=True)
class GoingBack:
    """Money on its way back: what a person must transfer, what others do, what went in seven days, and what
    who paid contests, whether it is placed or not.
    """

    to_pay: Sum
    under_way: Sum
    lately: Sum
    contested: Sum


def going_back(session: Session, *, today: date) -> GoingBack:
    """One statement."""
    live = Refund.state.in_(LIVE_REFUND)
    since = at_sao_paulo(first_of_lately(today))
    went = select(func.count(), func.coalesce(func.sum(PaymentReturn.amount_cents), 0)).where(
        PaymentReturn.returned_at >= since
    )
    held = select(func.count(), func.coalesce(func.sum(PaymentDispute.amount_cents), 0)).where(
        PaymentDispute.state == DisputeState.OPEN
    )
    beside = (went.subquery(), held.subquery())
    row = session.execute(
        select(
            func.count(Refund.id).filter(Refund.by_hand),
            func.coalesce(func.sum(Refund.amount_cents).filter(Refund.by_hand), 0),
            func.count(Refund.id).filter(~Refund.by_hand),
            func.coalesce(func.sum(Refund.amount_cents).filter(~Refund.by_hand), 0),
            *(select(column).scalar_subquery() for sums in beside for column in sums.c),
        ).where(live)
    ).one()
    sums = [Sum(count=int(row[place]), cents=int(row[place + 1])) for place in (0, 2, 4, 6)]
    return GoingBack(to_pay=sums[0], under_way=sums[1], lately=sums[2], contested=sums[3])


def aging(session: Session, *, today: date) -> list[AgingBucket]:
    """The open invoices by how late they are, from not due yet to over 60 days. Two statements at most."""
    ranges = aging_ranges(today, payable_days(session))
    row = session.execute(
        select(
            *(
                func.coalesce(func.sum(column).filter(_within(each)), 0)
                for each in ranges
                for column in (OpenSum.count, OpenSum.open_cents)
            )
        )
    ).one()
    return [
        AgingBucket(range=each, open=Sum(count=int(row[2 * place]), cents=int(row[2 * place + 1])))
        for place, each in enumerate(ranges)
    ]


def income_by_month(session: Session, *, today: date) -> list[MonthIncome]:
    """The last twelve months, this one included, the oldest first. One statement."""
    months = months_until(today, count=MONTHS_BACK)
    month = cast(func.date_trunc("month", IncomeSum.paid_on), Date)
    rows = session.execute(
        select(month, IncomeSum.source, func.sum(IncomeSum.amount_cents))
        .where(IncomeSum.paid_on >= months[0])
        .group_by(month, IncomeSum.source)
    )
    found = {(first, source): int(cents) for first, source, cents in rows}
    return [
        MonthIncome(month=each, cents={source: found.get((each, source), 0) for source in PaymentSource})
        for each in months
    ]


def _within(due: DueRange) -> ColumnElement[bool]:
    return OpenSum.due_on.between(due.first or date.min, due.last or date.max)
