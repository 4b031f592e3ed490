"""What is under way, what comes next, and what happened on each day."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Integer, cast, func, select
from sqlalchemy.orm import Session

from portal.cards.models.charge import Charge
from portal.cards.rules.cards import ChargeState
from portal.demo.clock.rules import Event, EventKind
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.payouts.models.payout import Payout
from portal.receipts.models.payment import Payment
from portal.sandbox_bank.models import SandboxPayer
from portal.sandbox_bank.rules.habits import PayingHabit
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.demo_clock import ClockMove
from portal.shared.mail_rows import MailMessage
from portal.subscriptions.models import Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happened on one day of the portal."""

    on: date
    issued: int = 0
    issued_cents: int = 0
    paid: int = 0
    paid_cents: int = 0
    failed: int = 0
    mailed: int = 0
    closed: int = 0


def find_move(session: Session) -> ClockMove | None:
    """The journey that is under way."""
    return session.scalars(select(ClockMove).where(ClockMove.done_at.is_(None))).one_or_none()


def last_move(session: Session) -> ClockMove | None:
    """The latest journey, under way or not."""
    return session.scalars(select(ClockMove).order_by(ClockMove.id.desc()).limit(1)).one_or_none()


def list_events(session: Session, *, today: date) -> list[Event]:
    """The next days on which invoices fall due, are issued, or are paid by a customer's habit."""
    due = session.scalar(
        select(func.min(Invoice.due_on)).where(Invoice.state == InvoiceState.OPEN, Invoice.due_on > today)
    )
    ahead = timedelta(days=value(session, Name.INVOICE_DAYS_AHEAD))
    billed = session.scalar(
        select(func.min(Subscription.next_due_on)).where(
            Subscription.ended_at.is_(None),
            Subscription.parked_reason.is_(None),
            Subscription.next_due_on > today + ahead,
        )
    )
    events = [Event(due, EventKind.DUE)] if due else []
    paid = session.scalar(
        select(func.min(Invoice.due_on + cast(SandboxPayer.days_late, Integer)))
        .join(SandboxPayer, SandboxPayer.customer_id == Invoice.customer_id)
        .where(Invoice.state == InvoiceState.OPEN, SandboxPayer.habit != PayingHabit.NEVER)
        .where(Invoice.due_on + cast(SandboxPayer.days_late, Integer) > today)
    )
    events += [Event(paid, EventKind.BANK)] if paid else []
    return [*events, Event(billed - ahead, EventKind.ISSUE)] if billed else events


def days_lived(session: Session, *, since: datetime, until: datetime) -> Sequence[Day]:
    """What happened on each day of that time, the first day first; one statement for each kind of thing."""
    facts: dict[date, dict[str, int]] = defaultdict(dict)
    for names, at, amount, conditions in (
        (("issued", "issued_cents"), Invoice.issued_at, Invoice.amount_cents, ()),
        (("paid", "paid_cents"), Payment.received_at, Payment.amount_cents, ()),
        (("failed",), Charge.settled_at, None, (Charge.state == ChargeState.DECLINED,)),
        (("mailed",), MailMessage.sent_at, None, ()),
        (("closed",), Payout.closed_at, None, ()),
    ):
        for day, *counts in _by_day(session, at, amount, *conditions, since=since, until=until):
            facts[day] |= dict(zip(names, counts, strict=False))
    first, last = day_of(since), day_of(until)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [Day(on=day, **facts[day]) for day in days]


def _by_day(
    session: Session, at: Any, amount: Any, *conditions: ColumnElement[bool], since: datetime, until: datetime
) -> Sequence[Any]:
    day = func.date(func.timezone("America/Sao_Paulo", at))
    total = func.coalesce(func.sum(amount), 0) if amount is not None else func.count()
    first = at_sao_paulo(day_of(since))
    rows = select(day, func.count(), total).where(at >= first, at <= until, *conditions).group_by(day)
    return [(on, int(count), int(cents)) for on, count, cents in session.execute(rows)]
