"""What reminders bring: paid after each step, channel and tone; promises kept; days to pay."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Date, Integer, Interval, and_, case, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from portal.dunning.models import DunningHold, DunningMessage, DunningRun, DunningStep
from portal.dunning.rules.sending import HoldKind
from portal.dunning.rules.steps import Audience, Channel
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.shared.clock import SAO_PAULO
from portal.subscriptions.rules import BilledTo

PAID_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepNumbers:
    """What a step brought: how many reminders were sent, and how many invoices were paid within a week."""

    days: int
    channel: Channel
    tone: Audience
    sent: int
    paid: int
    paid_cents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfPromises:
    """The promises that ended in a month, and how many of them were kept."""

    month: date
    made: int
    kept: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthOfPayments:
    """The invoices of customers paid in a month: how many, how many in time, and days after the due date."""

    month: date
    paid: int
    in_time: int
    days_late: int


def numbers_by_step(session: Session, *, since: date) -> Sequence[StepNumbers]:
    """What the reminders sent since a day brought, by day, channel and tone of their steps.

    A reminder counts for the way it reached somebody: after a failure of WhatsApp, for the other one.
    """
    paid_soon = and_(
        Invoice.state == InvoiceState.PAID,
        Invoice.paid_at >= DunningMessage.queued_at,
        Invoice.paid_at < DunningMessage.queued_at + literal(PAID_WITHIN, Interval),
    )
    channel = func.coalesce(DunningMessage.fell_back_to, DunningMessage.channel)
    paid_cents: Any = func.coalesce(func.sum(case((paid_soon, DunningMessage.open_cents))), 0)
    rows = session.execute(
        select(
            DunningMessage.days,
            channel.label("channel"),
            DunningStep.audience.label("tone"),
            func.count().label("sent"),
            func.count().filter(paid_soon).label("paid"),
            paid_cents.label("paid_cents"),
        )
        .join(Invoice, Invoice.id == DunningMessage.invoice_id)
        .join(DunningRun, DunningRun.id == DunningMessage.run_id)
        .join(DunningStep, DunningStep.id == DunningMessage.step_id)
        .where(DunningMessage.queued_at.is_not(None), DunningRun.day >= since)
        .group_by(DunningMessage.days, channel, DunningStep.audience)
        .order_by(DunningMessage.days, channel, DunningStep.audience)
    ).all()
    return [
        StepNumbers(
            days=row.days,
            channel=Channel(row.channel),
            tone=row.tone,
            sent=row.sent,
            paid=row.paid,
            paid_cents=int(row.paid_cents),
        )
        for row in rows
    ]


def promises_by_month(session: Session, *, since: date, today: date) -> Sequence[MonthOfPromises]:
    """Promises whose day is past, by its month. One is kept when nothing promised was open after its day.

    Of one invoice, that invoice; of a customer, what was due when it promised. One lifted before its day by a
    person counts too, by the same measure.
    """
    paid_on, made_on = _day(Invoice.paid_at), _day(DunningHold.made_at)
    promised = and_(
        Invoice.customer_id == DunningHold.customer_id,
        Invoice.billed_to == BilledTo.CUSTOMER,
        or_(
            Invoice.id == DunningHold.invoice_id,
            and_(DunningHold.invoice_id.is_(None), Invoice.due_on <= made_on),
        ),
        or_(paid_on.is_(None), paid_on >= made_on),
    )
    owed = and_(
        promised,
        Invoice.state.in_((InvoiceState.OPEN, InvoiceState.PAID)),
        or_(paid_on.is_(None), paid_on > DunningHold.until_on),
    )
    was_kept = and_(
        exists(select(Invoice.id).where(promised, paid_on <= DunningHold.until_on).correlate(DunningHold)),
        ~exists(select(Invoice.id).where(owed).correlate(DunningHold)),
    )
    month = func.date_trunc("month", DunningHold.until_on).cast(Date).label("month")
    rows = session.execute(
        select(month, func.count().label("made"), func.count().filter(was_kept).label("kept"))
        .where(
            DunningHold.kind == HoldKind.PROMISE,
            DunningHold.until_on >= since,
            DunningHold.until_on < today,
        )
        .group_by(month)
        .order_by(month)
    ).all()
    return [MonthOfPromises(month=row.month, made=row.made, kept=row.kept) for row in rows]


def payments_by_month(session: Session, *, since: date) -> Sequence[MonthOfPayments]:
    """How customers paid since a day, by month."""
    paid_on = _day(Invoice.paid_at)
    late = func.greatest(paid_on - Invoice.due_on, 0).cast(Integer)
    month = func.date_trunc("month", paid_on).cast(Date).label("month")
    rows = session.execute(
        select(
            month,
            func.count().label("paid"),
            func.count().filter(late == 0).label("in_time"),
            func.sum(late).label("days_late"),
        )
        .where(Invoice.state == InvoiceState.PAID, Invoice.billed_to == BilledTo.CUSTOMER, paid_on >= since)
        .group_by(month)
        .order_by(month)
    ).all()
    return [
        MonthOfPayments(month=row.month, paid=row.paid, in_time=row.in_time, days_late=int(row.days_late))
        for row in rows
    ]


def _day(instant: Any) -> Any:
    return func.date(func.timezone(SAO_PAULO.key, instant))
