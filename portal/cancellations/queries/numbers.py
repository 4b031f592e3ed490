"""Why customers leave or stay, in numbers. A partner's people see those of their own customers."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, case, cast, column, func, literal_column, or_, select
from sqlalchemy.orm import Session

from calculator import day_in_month, month_number
from portal.cancellations.models import CancellationArgument, CancellationCase
from portal.cancellations.rules.cases import Answer, CaseState, Reason
from portal.cancellations.rules.numbers import ChurnBy, ChurnRow, OfferRow
from portal.partners.models import Partner
from portal.partners.queries.actors import visible_to
from portal.shared.auth import Actor
from portal.shared.brazil import format_month
from portal.subscriptions.models import Subscription

MOST_ROWS = 200
A_DAY = timedelta(days=1)
# Written out, since a statement that groups by a parameter does not know it again.
ZONE: ColumnElement[str] = literal_column("'America/Sao_Paulo'")
MONTH: ColumnElement[str] = literal_column("'month'")
A_MONTH: ColumnElement[Any] = literal_column("interval '1 month'")


def count_by_reason(session: Session, *, actor: Actor, since: datetime) -> Sequence[tuple[Reason, int, int]]:
    """Of the cases asked for since an instant: per reason, how many customers stayed, and how many left."""
    stayed = CancellationCase.state.in_((CaseState.RETAINED, CaseState.TAKEN_BACK))
    rows = session.execute(
        select(
            CancellationCase.reason,
            func.count().filter(stayed),
            func.count().filter(CancellationCase.state == CaseState.CANCELED),
        )
        .where(
            visible_to(actor, CancellationCase.partner_id),
            CancellationCase.requested_at >= since,
            CancellationCase.state != CaseState.OPEN,
        )
        .group_by(CancellationCase.reason)
    ).all()
    return [(reason, stayed, left) for reason, stayed, left in rows]


def count_by_offer(session: Session, *, actor: Actor, since: datetime) -> Sequence[OfferRow]:
    """Of the closed cases asked for since an instant: what was offered, accepted, and kept a customer."""
    said, stayed = (
        CancellationArgument,
        CancellationCase.state.in_((CaseState.RETAINED, CaseState.TAKEN_BACK)),
    )
    accepted = said.answer == Answer.ACCEPTED
    rows = session.execute(
        select(
            said.offer,
            func.count(said.case_id.distinct()),
            func.count(said.case_id.distinct()).filter(accepted),
            func.count(said.case_id.distinct()).filter(accepted, stayed),
        )
        .join(CancellationCase, CancellationCase.id == said.case_id)
        .where(
            visible_to(actor, CancellationCase.partner_id),
            CancellationCase.requested_at >= since,
            CancellationCase.state != CaseState.OPEN,
            said.offer.is_not(None),
        )
        .group_by(said.offer)
    ).all()
    return [OfferRow(offer.label, *counts) for offer, *counts in rows if offer is not None]


def churn_by(session: Session, by: ChurnBy, *, actor: Actor, first: date, last: date) -> Sequence[ChurnRow]:
    """What was canceled as a whole from the first day of a month to that of another, both months included.

    One statement. Not counted as lost is what another contract follows, or what was taken back.
    """
    if by is ChurnBy.MONTH:
        return _by_month(session, actor=actor, first=first, last=last)
    cohort = _month(Subscription.activated_at)
    names: dict[ChurnBy, ColumnElement[Any]] = {
        ChurnBy.PLAN: Subscription.plan_name.expression,
        ChurnBy.PARTNER: Partner.trade_name.expression,
        ChurnBy.COHORT: cohort,
    }
    name, order = names[by], cohort.desc() if by is ChurnBy.COHORT else func.count().desc()
    end = last_day_of(last)
    lost = _lost_between(first, end)
    rows = session.execute(
        select(name, func.count(), func.count(CancellationCase.id), func.coalesce(_lost_cents(), 0))
        .select_from(Subscription)
        .join(Partner, Partner.id == Subscription.partner_id)
        .outerjoin(CancellationCase, and_(CancellationCase.contract_id == Subscription.contract_id, lost))
        .where(
            visible_to(actor, Subscription.partner_id),
            _day(Subscription.activated_at) <= end,
            or_(Subscription.ended_at.is_(None), _day(Subscription.ended_at) >= first),
        )
        .group_by(name)
        .order_by(order)
        .limit(MOST_ROWS)
    ).all()
    return [
        ChurnRow(format_month(label) if isinstance(label, date) else label, count, left, int(cents))
        for label, count, left, cents in rows
    ]


def _by_month(session: Session, *, actor: Actor, first: date, last: date) -> Sequence[ChurnRow]:
    series = func.generate_series(cast(first, Date), cast(last, Date), A_MONTH)
    months = series.table_valued(column("first_day", Date)).render_derived(name="months")
    first_day = cast(months.c.first_day, Date)
    in_force = (
        select(func.count())
        .select_from(Subscription)
        .where(
            visible_to(actor, Subscription.partner_id),
            _day(Subscription.activated_at) < first_day,
            or_(Subscription.ended_at.is_(None), _day(Subscription.ended_at) >= first_day),
        )
        .correlate(months)
        .scalar_subquery()
    )
    left = (
        select(
            _month(CancellationCase.closed_at).label("month"),
            func.count().label("left"),
            _lost_cents().label("cents"),
        )
        .select_from(CancellationCase)
        .join(Subscription, Subscription.contract_id == CancellationCase.contract_id)
        .where(visible_to(actor, CancellationCase.partner_id), _lost_between(first, last_day_of(last)))
        .group_by(_month(CancellationCase.closed_at))
        .subquery()
    )
    rows = session.execute(
        select(first_day, in_force, func.coalesce(left.c.left, 0), func.coalesce(left.c.cents, 0))
        .select_from(months)
        .outerjoin(left, left.c.month == first_day)
        .order_by(first_day)
    ).all()
    return [ChurnRow(format_month(day), base, count, int(cents)) for day, base, count, cents in rows]


def last_day_of(month: date) -> date:
    """The last day of the month of a day."""
    return day_in_month(month_number(month) + 1, 1) - A_DAY


def _lost_between(first: date, last: date) -> ColumnElement[bool]:
    whole = func.jsonb_array_length(CancellationCase.services) == 0
    day = _day(CancellationCase.closed_at)
    return and_(CancellationCase.state == CaseState.CANCELED, whole, day.between(first, last))


def _lost_cents() -> ColumnElement[Any]:
    return func.sum(case((CancellationCase.id.is_not(None), Subscription.monthly_cents), else_=0))


def _day(instant: Any) -> ColumnElement[date]:
    return cast(func.timezone(ZONE, instant), Date)


def _month(instant: Any) -> ColumnElement[date]:
    return cast(func.date_trunc(MONTH, func.timezone(ZONE, instant)), Date)
