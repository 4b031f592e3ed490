"""Which contracts have their anniversary's invoice in a month, and what would become of each."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    case,
    cast,
    column,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from calculator import day_in_month, month_number
from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.readjustments.models import Readjustment, ReadjustmentHold, RenewalOffer
from portal.readjustments.rules.campaigns import Outcome
from portal.subscriptions.models import Subscription
from portal.subscriptions.queries.periods import period_of
from portal.subscriptions.rules import SECOND, BilledTo

HOLDS = (ContractState.ACTIVE, ContractState.SUSPENDED)
MOST_YEARS = 60


def candidates(month: date, basis_points: int) -> Select[*tuple[Any, ...]]:
    """The contracts whose anniversary's invoice falls due in a month, with prices and outcome.

    Columns are those of `Readjustment` from `contract_id` to `before_repasse_cents`. What a partner is billed
    is its cost, which no index changes, and is not among them.
    """
    due = _payments_due(month).subquery("due").c
    in_year = _has_anniversary(due.counted_from, due)
    outcome = _outcome(in_year, due, basis_points)
    risen = (due.before_cents * (10_000 + basis_points) + 5_000) // 10_000
    return select(
        due.contract_id,
        due.partner_id,
        due.customer_id,
        due.counted_from,
        due.number,
        due.due_on,
        outcome.label("outcome"),
        due.before_cents,
        case((outcome == Outcome.READJUSTED.value, risen), else_=due.before_cents).label("after_cents"),
        due.before_repasse_cents,
    ).where(or_(in_year, _has_anniversary(due.began_on, due)))


def _payments_due(month: date) -> Select[*tuple[Any, ...]]:
    """The payments of a month, with the due date of the one before and the last price event."""
    last = day_in_month(month_number(month) + 1, 1) - timedelta(days=1)
    numbers = _payments_until(month)
    number = numbers.c.numbers
    period = period_of(number)
    due_on = period.c.due_on
    return (
        select(
            Contract.id.label("contract_id"),
            Contract.partner_id,
            Contract.customer_id,
            _last_price_event().label("counted_from"),
            Subscription.counted_from.label("began_on"),
            Subscription.next_number,
            number.label("number"),
            due_on.label("due_on"),
            select(period_of(number - 1).c.due_on).scalar_subquery().label("due_before"),
            Subscription.monthly_cents.label("before_cents"),
            Subscription.repasse_cents.label("before_repasse_cents"),
        )
        .select_from(Subscription)
        .join(Contract, Contract.id == Subscription.contract_id)
        .join(numbers, true())
        .join(period, due_on.between(month, last))
        .where(
            Subscription.billed_to == BilledTo.CUSTOMER,
            Subscription.ended_at.is_(None),
            Contract.state.in_(HOLDS),
            or_(Subscription.bills_until.is_(None), due_on <= Subscription.bills_until),
        )
    )


def _payments_until(month: date) -> FromClause:
    """The last payment that is billed and those after it until a month, by their numbers."""
    due = Subscription.next_due_on
    months = func.extract("year", due) * 12 + func.extract("month", due) - 1
    ahead = func.greatest(cast(month_number(month) - months, BigInteger), 0)
    first = func.greatest(Subscription.next_number - 1, SECOND)
    series = func.generate_series(first, Subscription.next_number + ahead)
    return series.table_valued(column("numbers", BigInteger)).lateral("numbers")


def _last_price_event() -> ColumnElement[date]:
    """The first day of the contract, of its last readjustment, or of a term whose price was accepted.

    An amendment or another renewal is a contract of its own.
    """
    rises = (
        select(func.max(Readjustment.due_on))
        .where(
            Readjustment.contract_id == Contract.id,
            Readjustment.outcome == Outcome.READJUSTED,
            Readjustment.withdrawn_at.is_(None),
        )
        .correlate(Contract)
        .scalar_subquery()
    )
    renewals = (
        select(func.max(RenewalOffer.starts_on))
        .where(RenewalOffer.contract_id == Contract.id, RenewalOffer.accepted_at.is_not(None))
        .correlate(Contract)
        .scalar_subquery()
    )
    return func.greatest(Contract.starts_on, rises, renewals, type_=Date)


def _has_anniversary(since: Any, due: Any) -> ColumnElement[bool]:
    """Whether an anniversary lies after the payment before, and on this one's due date at the latest."""
    years = func.generate_series(1, MOST_YEARS).table_valued(column("years", Integer)).alias("years")
    day = cast(since + func.make_interval(years.c.years), Date)
    return (
        select(years.c.years)
        .where(day <= due.due_on, or_(due.number == SECOND, day > due.due_before))
        .correlate_except(years)
        .exists()
    )


def _outcome(in_year: ColumnElement[bool], due: Any, basis_points: int) -> ColumnElement[str]:
    hold = ReadjustmentHold
    held = select(hold.id).where(hold.contract_id == due.contract_id, hold.lifted_at.is_(None))
    return case(
        (~in_year, Outcome.TOO_EARLY.value),
        (held.correlate_except(hold).exists(), Outcome.HELD.value),
        (literal(basis_points) <= 0, Outcome.NEGATIVE.value),
        (due.number < due.next_number, Outcome.BILLED.value),
        else_=Outcome.READJUSTED.value,
    )


def sums_of_preview(session: Session, found: Select[*tuple[Any, ...]]) -> list[tuple[Outcome, int, int, int]]:
    """How many contracts of each outcome, and what they pay a month before and after. One statement."""
    rows = found.subquery()
    statement = select(
        rows.c.outcome, func.count(), func.sum(rows.c.before_cents), func.sum(rows.c.after_cents)
    ).group_by(rows.c.outcome)
    order = list(Outcome)
    sums = [
        (Outcome(outcome), count, int(before), int(after))
        for outcome, count, before, after in session.execute(statement)
    ]
    return sorted(sums, key=lambda row: order.index(row[0]))


def preview_rows(
    session: Session, found: Select[*tuple[Any, ...]], *, limit: int
) -> list[tuple[Contract, Any]]:
    """The first contracts of a preview, those with the highest rise first, each with its figures."""
    rows = found.subquery()
    statement = (
        select(Contract, rows)
        .join(rows, rows.c.contract_id == Contract.id)
        .order_by((rows.c.after_cents - rows.c.before_cents).desc(), Contract.id)
        .limit(limit)
    )
    return [(row[0], row) for row in session.execute(statement)]
