"""What will be billed in the months to come: `rules.forecast` for one, and as statements of sets for many.

Subscriptions that are due alike are put together before their payments are counted out, so that a portfolio
costs one pass over its lines, whatever its size.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    column,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from calculator import day_in_month, month_number
from portal.partners.queries.actors import visible_to
from portal.partners.queries.searching import partners_named
from portal.shared.auth import Actor
from portal.subscriptions.models import Subscription, SubscriptionLine
from portal.subscriptions.models.subscription import SPLIT
from portal.subscriptions.queries.periods import period_by
from portal.subscriptions.rules import (
    FIRST_VERSION,
    FORECAST_MONTHS,
    ForecastTerms,
    MonthForecast,
    forecast,
)

TERMS = ("counted_from", "months", "payments_in_term", "due_day", "first_ends_on", "place_shift")
GOES_ON = ("next_number", "next_due_on", "bills_until")


def forecast_of_contract(
    session: Session, subscription: Subscription, *, today: date
) -> Sequence[MonthForecast]:
    """The next twelve months of one subscription, this month the first. One statement."""
    lines = session.scalars(
        select(SubscriptionLine)
        .where(SubscriptionLine.subscription_id == subscription.id)
        .order_by(SubscriptionLine.version, SubscriptionLine.position)
    ).all()
    if subscription.next_due_on is None:
        lines = []
    terms = ForecastTerms(subscription.place, subscription.next_number, subscription.bills_until)
    return forecast(terms, [line.as_charged for line in lines], today=today)


def forecast_of_portfolio(
    session: Session, *, actor: Actor, partner: str = "", today: date
) -> Sequence[MonthForecast]:
    """The next twelve months of all a person may see, or of the partners that some words or a CNPJ mean.

    One statement. What billing passes by, because its numbers do not fit, is not in it.
    """
    mine = visible_to(actor, Subscription.partner_id)
    if partner:
        mine = and_(mine, Subscription.partner_id.in_(partners_named(partner)))
    first = month_number(today)
    end = day_in_month(first + FORECAST_MONTHS, 1)
    found = {
        row.first_day: MonthForecast(row.first_day, int(row.gross_cents), int(row.repasse_cents))
        for row in session.execute(_by_month(_alike(mine, end), today=today, end=end))
    }
    days = (day_in_month(month, 1) for month in range(first, first + FORECAST_MONTHS))
    return [found.get(day, MonthForecast(day, 0, 0)) for day in days]


def _alike(condition: ColumnElement[bool], end: date) -> Subquery:
    """Lines that are charged at the same times and split alike, put together: their sums and how many."""
    line = SubscriptionLine
    columns = line.__table__.c
    alike = [
        *(Subscription.__table__.c[name] for name in (*TERMS, *GOES_ON)),
        line.payments,
        line.first_number,
        line.last_number,
        case((line.version > FIRST_VERSION, line.valid_from)).label("valid_from"),
        _valid_until().label("valid_until"),
        *(columns[f"{name}_{what}"] for name in SPLIT for what in ("spare", "dealt")),
    ]
    price, *takers = (columns[f"{name}_part_cents"] for name in SPLIT)
    return (
        select(
            *alike,
            func.sum(price).label("price_cents"),
            func.sum(price - takers[0] - takers[1] - takers[2]).label("repasse_cents"),
            func.count().label("how_many"),
        )
        .select_from(Subscription)
        .join(line, line.subscription_id == Subscription.id)
        .where(
            condition,
            Subscription.next_due_on < end,
            Subscription.parked_reason.is_(None),
            or_(line.last_number.is_(None), line.last_number >= Subscription.next_number),
        )
        .group_by(*alike)
        .subquery("alike")
    )


def _valid_until() -> ColumnElement[date | None]:
    """The day from which later lines hold. Few subscriptions have any: only theirs are looked up."""
    line, later, changed = SubscriptionLine, aliased(SubscriptionLine), aliased(SubscriptionLine)
    has_later = line.subscription_id.in_(
        select(changed.subscription_id).where(changed.version > FIRST_VERSION)
    )
    first_of_later = (
        select(func.min(later.valid_from))
        .where(later.subscription_id == line.subscription_id, later.version > line.version)
        .correlate(line)
        .scalar_subquery()
    )
    return case((has_later, first_of_later))


def _by_month(alike: Subquery, *, today: date, end: date) -> Select[date, int, int]:
    """Their payments until a day, counted out and added up. There is at most one a month."""
    c = alike.c
    months = _month_of(end) - _month_of(c.next_due_on)
    number = (
        func.generate_series(c.next_number, c.next_number + func.greatest(months, 0))
        .table_valued(column("number", Integer))
        .lateral("number")  # whose column PostgreSQL names like it
    )
    period = period_by(c, number.c.number)
    due_on = period.c.due_on
    first_day = cast(func.date_trunc("month", func.greatest(due_on, today, type_=Date)), Date)
    price, *takers = (_spare(alike, name, number.c.number + c.place_shift - 1) for name in SPLIT)
    return (
        select(
            first_day.label("first_day"),
            func.sum(c.price_cents + c.how_many * price).label("gross_cents"),
            func.sum(c.repasse_cents + c.how_many * (price - takers[0] - takers[1] - takers[2])).label(
                "repasse_cents"
            ),
        )
        .select_from(alike)
        .join(number, true())
        .join(period, true())
        .where(*_is_charged(alike, number.c.number, due_on), due_on < end)
        .group_by(first_day)
    )


def _is_charged(
    alike: FromClause, number: ColumnElement[int], due_on: ColumnElement[Any]
) -> Sequence[ColumnElement[bool]]:
    c = alike.c
    return (
        or_(c.bills_until.is_(None), due_on <= c.bills_until),
        c.first_number <= number,
        or_(c.last_number.is_(None), number <= c.last_number),
        or_(c.valid_from.is_(None), c.valid_from <= due_on),
        or_(c.valid_until.is_(None), c.valid_until > due_on),
    )


def _spare(alike: FromClause, name: str, in_terms: ColumnElement[int]) -> ColumnElement[int]:
    """The centavo more that some payments have, see `reading.lines_of_payment`."""
    spare, dealt, payments = alike.c[f"{name}_spare"], alike.c[f"{name}_dealt"], alike.c.payments
    return cast((in_terms % payments + payments - dealt) % payments < spare, Integer)


def _month_of(day: Any) -> ColumnElement[int]:
    return cast(func.extract("year", day) * 12 + func.extract("month", day), Integer)
