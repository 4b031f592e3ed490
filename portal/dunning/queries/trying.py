"""What a policy would have sent in days that are past, before it is put in force. One statement."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    String,
    case,
    column,
    func,
    or_,
    select,
    true,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.dunning.models import DunningHold
from portal.dunning.queries.audiences import day, is_for
from portal.dunning.queries.tried_days import walk
from portal.dunning.rules.sending import HoldKind, is_sending_day, sending_day_from
from portal.dunning.rules.steps import CATCH_UP_DAYS, Channel, Step
from portal.invoices.models import Invoice, Posting
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.queries.limits import least_owed_cents
from portal.invoices.rules.ledger import Account
from portal.invoices.rules.states import InvoiceState
from portal.overdue.queries.telling import told_days
from portal.shared.payment_methods import Way
from portal.subscriptions.rules import BilledTo

TRIED_DAYS = timedelta(days=90)
HELPED_WITHIN = 7
EXAMPLES = 20
COLUMNS = (
    column("due_on", Date),
    column("position", Integer),
    column("days", Integer),
    column("channel", String),
    column("audience", String),
    column("service_kind", String),
    column("min_cents", BigInteger),
    column("first_on", Date),
    column("until_on", Date),
)


class TriedStep(NamedTuple):
    """What a step would have said: how often, about how much, and how many paid within seven days of it.

    `capped`: how often it would have been one message too many, of a day or of a week.
    """

    position: int
    sent: int
    amount_cents: int
    paid: int
    capped: int


class Tried(NamedTuple):
    """What a policy would have done, and its latest messages: who, which invoice, when, by which step."""

    steps: Sequence[TriedStep]
    examples: Sequence[Any]


def try_policy(session: Session, steps: Sequence[Step], *, today: date) -> Tried:
    """The ninety days before today by these steps, as runs of every day would have gone.

    What was open, paid in part, held, promised, opted out and told of a suspension is as it was on each day;
    one message a customer and day, three a week. What could not be said on its day is made up as long as a
    run makes it up, unless the next step has come.
    """
    days = _days(session, steps, today=today)
    if not days:
        return Tried((), ())
    said = walk(_candidates(days, today=today), _told(today)).subquery("said")
    helped = said.c.paid_on <= said.c.sent_on + HELPED_WITHIN
    rows = session.execute(
        select(
            said.c.position,
            func.count().filter(said.c.is_sent),
            func.coalesce(func.sum(said.c.open_cents).filter(said.c.is_sent), 0).cast(BigInteger),
            func.count().filter(said.c.is_sent, helped),
            func.count().filter(~said.c.is_sent),
        )
        .where(said.c.position.is_not(None))
        .group_by(said.c.position)
        .order_by(said.c.position)
    ).all()
    examples = session.execute(
        select(
            Customer.display_name.label("customer"),
            Invoice.number,
            said.c.sent_on,
            said.c.position,
            said.c.open_cents.label("amount_cents"),
        )
        .join(Invoice, Invoice.id == said.c.invoice_id)
        .join(Customer, Customer.id == Invoice.customer_id)
        .where(said.c.is_sent)
        .order_by(said.c.sent_on.desc(), said.c.invoice_id)
        .limit(EXAMPLES)
    ).all()
    return Tried([TriedStep(*row) for row in rows], examples)


def _days(session: Session, steps: Sequence[Step], *, today: date) -> list[tuple[Any, ...]]:
    """From when until when each step would have been said of each due date."""
    first = today - TRIED_DAYS
    longest = timedelta(days=max((abs(step.days) for step in steps), default=0))
    dates = session.scalars(
        select(Invoice.due_on).where(Invoice.due_on.between(first - longest, today + longest)).distinct()
    ).all()
    until, least_cents = payable_days(session), least_owed_cents(session)
    found = []
    for due_on in dates:
        for place, step in enumerate(steps, 1):
            nominal = (until(due_on) if step.days > 0 else due_on) + timedelta(step.days)
            first_on, last_on = sending_day_from(nominal), nominal + timedelta(CATCH_UP_DAYS)
            if first <= first_on < today:
                asked = (due_on, place, *_asked(step, least_cents))
                found.append((*asked, first_on, min(last_on, today - timedelta(1))))
    return found


def _asked(step: Step, least_cents: int) -> tuple[Any, ...]:
    kind = step.service_kind.value if step.service_kind else None
    return step.days, step.channel.value, step.audience.value, kind, max(step.min_cents, least_cents)


def _calendar(today: date) -> FromClause:
    """The days of the time on which reminders leave."""
    days = (today - TRIED_DAYS + timedelta(number) for number in range(TRIED_DAYS.days))
    rows = [(each,) for each in days if is_sending_day(each)]
    return values(column("day", Date), name="calendar").data(rows)


def _told(today: date) -> Select[*tuple[Any, ...]]:
    """Who was told of a suspension, and when: that goes before every reminder."""
    told = told_days(since=today - TRIED_DAYS, today=today).subquery("told")
    return select(told.c.customer_id, told.c.told_on).where(told.c.told_on < today)


def _candidates(days: Sequence[tuple[Any, ...]], *, today: date) -> Select[*tuple[Any, ...]]:
    """What each step would say of each invoice, and the days on which nothing else is in its way."""
    matched = _matched(days).cte("matched")
    free = _free_days(matched, _calendar(today))
    open_cents = _open_on(matched.c.invoice_id, free.c.first_on).cast(BigInteger)
    return (
        select(
            matched.c.customer_id,
            matched.c.invoice_id,
            matched.c.position,
            matched.c.days,
            matched.c.paid_on,
            open_cents.label("open_cents"),
            free.c.first_on,
            free.c.days.label("free_days"),
        )
        .join(free, true())
        .where(free.c.first_on.is_not(None), open_cents >= matched.c.min_cents)
    )


def _matched(days: Sequence[tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Invoices with the steps that are for their customers, each until the next of them has come."""
    due = values(*COLUMNS, name="due").data(list(days))
    place = func.row_number().over(partition_by=(Invoice.id, due.c.days), order_by=due.c.position)
    found = (
        select(
            Invoice.id.label("invoice_id"),
            Invoice.customer_id,
            day(Invoice.issued_at).label("issued_on"),
            day(Invoice.paid_at).label("paid_on"),
            day(Invoice.voided_at).label("voided_on"),
            *(due.c[name] for name in ("position", "days", "channel", "min_cents", "first_on", "until_on")),
            place.label("place"),
        )
        .join(due, due.c.due_on == Invoice.due_on)
        .where(
            Invoice.billed_to == BilledTo.CUSTOMER,
            Invoice.state != InvoiceState.DRAFT,
            or_(due.c.days > 0, Invoice.payment_method != Way.CARD.value),
            is_for(due.c, before=due.c.first_on, of=(Invoice, due)),
        )
        .subquery("found")
    )
    next_on = func.lead(found.c.first_on).over(partition_by=found.c.invoice_id, order_by=found.c.days)
    until_on = func.least(found.c.until_on, next_on - 1).label("until_on")
    names = [each for each in found.c if each.name not in {"until_on", "place"}]
    return select(*names, until_on).where(found.c.place == 1)


def _free_days(matched: CTE, calendar: FromClause) -> FromClause:
    """The days on which a message could be sent: reminders leave, it is open, and nobody is left alone."""
    at = calendar.c.day
    held = (
        select(DunningHold.id)
        .where(
            DunningHold.customer_id == matched.c.customer_id,
            or_(DunningHold.invoice_id.is_(None), DunningHold.invoice_id == matched.c.invoice_id),
            or_(DunningHold.kind != HoldKind.OPT_OUT, matched.c.channel == Channel.EMAIL.value),
            day(DunningHold.made_at) <= at,
            or_(DunningHold.lifted_at.is_(None), day(DunningHold.lifted_at) > at),
            or_(DunningHold.until_on.is_(None), DunningHold.until_on >= at),
        )
        .correlate(matched, calendar)
    )
    return (
        select(func.min(at).label("first_on"), func.array_agg(at, type_=ARRAY(Date)).label("days"))
        .where(
            at.between(matched.c.first_on, matched.c.until_on),
            matched.c.issued_on <= at,
            or_(matched.c.paid_on.is_(None), matched.c.paid_on > at),
            or_(matched.c.voided_on.is_(None), matched.c.voided_on > at),
            ~held.exists(),
        )
        .correlate(matched)
        .lateral("free")
    )


def _open_on(invoice_id: Any, on: Any) -> ColumnElement[int]:
    """What of an invoice's face was open at the end of a day, by the ledger."""
    receivable = Account.RECEIVABLE
    signed = case((Posting.debit_account == receivable, Posting.amount_cents), else_=-Posting.amount_cents)
    is_owed = or_(Posting.debit_account == receivable, Posting.credit_account == receivable)
    booked = select(func.sum(signed)).where(
        Posting.invoice_id == invoice_id, is_owed, day(Posting.booked_at) <= on
    )
    return func.coalesce(booked.scalar_subquery(), 0)
