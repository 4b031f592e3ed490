"""What a policy would have sent in days that are past, before it is put in force. One statement."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    and_,
    column,
    exists,
    func,
    or_,
    select,
    values,
)
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.dunning.rules.sending import sending_day_from
from portal.dunning.rules.steps import FORGIVEN_DAYS, Audience, Step
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.states import InvoiceState
from portal.shared.clock import SAO_PAULO
from portal.shared.payment_methods import Way
from portal.subscriptions.rules import BilledTo

TRIED_DAYS = timedelta(days=90)
HELPED_WITHIN = 7
EXAMPLES = 20
COLUMNS = (
    column("due_on", Date),
    column("position", Integer),
    column("days", Integer),
    column("audience", String),
    column("min_cents", BigInteger),
    column("sent_on", Date),
)


class TriedStep(NamedTuple):
    """What a step would have said: how often, about how much, and how many paid within seven days of it."""

    position: int
    sent: int
    amount_cents: int
    paid: int


class Tried(NamedTuple):
    """What a policy would have done, and its latest messages: who, which invoice, when, by which step."""

    steps: Sequence[TriedStep]
    examples: Sequence[Any]


def try_policy(session: Session, steps: Sequence[Step], *, today: date) -> Tried:
    """The ninety days before today by these steps, one message a customer and day.

    Payments, dates and history are as they were then; holds, part payments and the week's cap are not
    looked at.
    """
    days = _days(session, steps, today=today)
    if not days:
        return Tried((), ())
    found = _messages(days).subquery("found")
    said = select(found).where(found.c.place == 1).subquery("said")
    helped = said.c.paid_on <= said.c.sent_on + HELPED_WITHIN
    rows = session.execute(
        select(
            said.c.position,
            func.count(),
            func.sum(said.c.amount_cents).cast(BigInteger),
            func.count().filter(helped),
        )
        .group_by(said.c.position)
        .order_by(said.c.position)
    ).all()
    examples = session.execute(
        select(said.c.customer, said.c.number, said.c.sent_on, said.c.position, said.c.amount_cents)
        .order_by(said.c.sent_on.desc(), said.c.invoice_id)
        .limit(EXAMPLES)
    ).all()
    return Tried([TriedStep(*row) for row in rows], examples)


def _days(session: Session, steps: Sequence[Step], *, today: date) -> list[tuple[Any, ...]]:
    """When each step would have been said of each due date."""
    first = today - TRIED_DAYS
    longest = timedelta(days=max((abs(step.days) for step in steps), default=0))
    dates = session.scalars(
        select(Invoice.due_on).where(Invoice.due_on.between(first - longest, today + longest)).distinct()
    ).all()
    until = payable_days(session)
    found = (
        (day, place, step, sending_day_from((until(day) if step.days > 0 else day) + timedelta(step.days)))
        for day in dates
        for place, step in enumerate(steps, 1)
    )
    return [
        (day, place, step.days, step.audience.value, step.min_cents, sent_on)
        for day, place, step, sent_on in found
        if first <= sent_on < today
    ]


def _messages(days: Sequence[tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    due = values(*COLUMNS, name="due").data(list(days))
    paid_on = _day(Invoice.paid_at)
    place = func.row_number().over(
        partition_by=(Invoice.customer_id, due.c.sent_on),
        order_by=(due.c.days.desc(), due.c.position, Invoice.id),
    )
    return (
        select(
            Invoice.id.label("invoice_id"),
            Invoice.number,
            Invoice.amount_cents,
            Customer.display_name.label("customer"),
            due.c.position,
            due.c.sent_on,
            paid_on.label("paid_on"),
            place.label("place"),
        )
        .join(due, due.c.due_on == Invoice.due_on)
        .join(Customer, Customer.id == Invoice.customer_id)
        .where(
            Invoice.billed_to == BilledTo.CUSTOMER,
            Invoice.state != InvoiceState.DRAFT,
            or_(due.c.days > 0, Invoice.payment_method != Way.CARD.value),
            Invoice.amount_cents >= due.c.min_cents,
            _day(Invoice.issued_at) <= due.c.sent_on,
            or_(Invoice.paid_at.is_(None), paid_on > due.c.sent_on),
            or_(Invoice.voided_at.is_(None), _day(Invoice.voided_at) > due.c.sent_on),
            _is_for(due),
        )
    )


def _is_for(due: FromClause) -> Any:
    """Whether an audience had the customer on that day, by what was paid before it."""
    past = Invoice.__table__.alias("past_invoices")
    paid_on = _day(past.c.paid_at)
    paid = and_(past.c.customer_id == Invoice.customer_id, paid_on < due.c.sent_on)
    late = and_(paid, paid_on > past.c.due_on + FORGIVEN_DAYS)
    has_paid, was_late = (
        exists(select(past.c.id).where(each).correlate(Invoice, due)) for each in (paid, late)
    )
    return or_(
        due.c.audience == Audience.EVERYBODY.value,
        and_(due.c.audience == Audience.GOOD.value, has_paid, ~was_late),
        and_(due.c.audience == Audience.LATE_BEFORE.value, was_late),
    )


def _day(instant: Any) -> Any:
    return func.date(func.timezone(SAO_PAULO.key, instant))
