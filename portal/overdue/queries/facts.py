"""The facts that decide about subscriptions, read at once for one or for many."""

from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    ScalarSelect,
    Select,
    and_,
    any_,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import Session, aliased

from portal.agreements.queries.reading import awaits_entry
from portal.catalog.rules import ServiceState
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.states import OWED, InvoiceKind
from portal.overdue.models import OverdueNotice, Suspension, TrustRelease
from portal.overdue.rules.lateness import OverdueFacts, OverdueLimits
from portal.settings.queries import value_in_sql
from portal.settings.rules.names import Name
from portal.shared.arrays import IDS
from portal.subscriptions.models import Coverage, Subscription


def overdue_limits(session: Session) -> OverdueLimits:
    """The settings in force."""
    names = (
        Name.OVERDUE_GRACE_DAYS,
        Name.SUSPENDED_AFTER_DAYS,
        Name.TELECOM_NOTICE_DAYS,
        Name.LEAST_REMINDED_REAIS,
    )
    numbers: Any = session.execute(select(*map(value_in_sql, names))).one()
    grace, late, telecom, reais = numbers
    return OverdueLimits(grace=grace, late=late, telecom=telecom, least_cents=reais * 100)


def among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    """Whether a column is one of many ids, in a statement that is as short for a thousand as for one."""
    return column == any_(literal(list(ids), IDS))  # type: ignore[no-any-return]


def to_look_at(today: date) -> Select[int]:
    """The ids of subscriptions about which a day may decide: those that owe, and those not in order."""
    late = (
        select(Subscription.id)
        .join(
            Invoice,
            and_(
                Invoice.contract_id == Subscription.contract_id,
                Invoice.state.in_(OWED),
                Invoice.due_on < today,
            ),
        )
        .where(Subscription.ended_at.is_(None))
    )
    not_in_order = select(Subscription.id).where(Subscription.service_state != ServiceState.CURRENT)
    return late.union(not_in_order)  # type: ignore[return-value]


def facts_of(session: Session, subscription_ids: Collection[int], *, today: date) -> Iterator[OverdueFacts]:
    """The facts about subscriptions on a day, in the order of their ids."""
    payable_until = cache(payable_days(session))  # a night has few due dates
    rows = session.execute(_facts(), {"ids": list(subscription_ids), "today": today}).all()
    return (_facts_in(row, payable_until) for row in rows)


def _facts_in(row: Any, payable_until: Callable[[date], date]) -> OverdueFacts:
    return OverdueFacts(
        subscription_id=row.id,
        kind=row.service_kind,
        state=row.service_state,
        is_over=row.is_over,
        invoice_id=row.invoice_id,
        late_since=payable_until(row.due_on) if row.due_on else None,
        late_cents=row.late_cents or 0,
        open_count=row.open_count,
        notice_id=row.notice_id,
        suspends_on=row.suspends_on,
        released_until=row.released_until,
        is_settling=row.is_settling,
        suspension_id=row.suspension_id,
        cause_state=row.cause_state,
        trusted_until=row.trusted_until,
        awaits_entry=row.awaits_entry,
    )


@cache
def _facts() -> Select[*tuple[Any, ...]]:
    """Of the subscriptions `ids` on the day `today`."""
    owed = _owed()
    cause, cause_notice = aliased(Invoice), aliased(OverdueNotice)
    is_late = owed.c.invoice_id.is_not(None)
    return (
        select(
            Subscription.id,
            Subscription.service_kind,
            Subscription.service_state,
            Subscription.ended_at.is_not(None).label("is_over"),
            owed.c.invoice_id,
            owed.c.due_on,
            owed.c.late_cents,
            owed.c.open_count,
            OverdueNotice.id.label("notice_id"),
            OverdueNotice.suspends_on,
            _released_until().label("released_until"),
            and_(is_late, func.is_boleto_settling(Subscription.contract_id)).label("is_settling"),
            Suspension.id.label("suspension_id"),
            cause.state.label("cause_state"),
            TrustRelease.until_on.label("trusted_until"),
            awaits_entry(Subscription.contract_id).label("awaits_entry"),
        )
        .select_from(Subscription)
        .join(owed, true())
        .outerjoin(OverdueNotice, OverdueNotice.invoice_id == owed.c.invoice_id)
        .outerjoin(
            Suspension,
            and_(Suspension.contract_id == Subscription.contract_id, Suspension.released_at.is_(None)),
        )
        .outerjoin(TrustRelease, TrustRelease.suspension_id == Suspension.id)
        .outerjoin(cause_notice, cause_notice.id == Suspension.notice_id)
        .outerjoin(cause, cause.id == cause_notice.invoice_id)
        .where(Subscription.id == any_(bindparam("ids", type_=IDS)))
        .order_by(Subscription.id)
    )


def _released_until() -> ScalarSelect[date]:
    """The last day of each subscription that is paid for."""
    return (
        select(func.max(Coverage.grace_until))
        .where(Coverage.contract_id == Subscription.contract_id, Coverage.taken_back_at.is_(None))
        .correlate(Subscription)
        .scalar_subquery()
    )


def _owed() -> FromClause:
    """What each subscription owes, and which invoice is late for longest."""
    is_late = Invoice.due_on < bindparam("today", type_=Date)
    open_cents = Invoice.amount_cents - Invoice.paid_cents
    oldest_first = aggregate_order_by(Invoice.id, Invoice.due_on, Invoice.id)
    late: Any = func.array_agg(oldest_first, type_=ARRAY(BigInteger)).filter(is_late)
    return (
        select(
            late[1].label("invoice_id"),
            func.min(Invoice.due_on).filter(is_late).label("due_on"),
            func.sum(open_cents).filter(is_late).cast(BigInteger).label("late_cents"),
            func.count().filter(or_(is_late, Invoice.kind != InvoiceKind.AGREEMENT)).label("open_count"),
        )
        .where(Invoice.contract_id == Subscription.contract_id, Invoice.state.in_(OWED))
        .correlate(Subscription)
        .lateral("owed")
    )
