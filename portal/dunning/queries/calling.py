"""Calls to make, the most pressing first, and what is known of who is called."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload

from portal.customers.models import Customer
from portal.dunning.models import DunningHold, DunningMessage
from portal.dunning.queries.audiences import day
from portal.dunning.rules.sending import HoldKind
from portal.dunning.rules.steps import FORGIVEN_DAYS
from portal.invoices.models import Invoice
from portal.invoices.queries.limits import least_owed_cents
from portal.invoices.rules.states import InvoiceState
from portal.partners.queries.searching import all_words
from portal.shared.lists import ListRequest, ListSpec, Page, paginate, read_all
from portal.subscriptions.rules import BilledTo
from portal.tasks.models import Task
from portal.tasks.rules import TaskKind

SUBJECT = DunningMessage.__tablename__
EXPORT_LIMIT = 50_000
LATEST = 5
IS_WAITING = and_(Task.kind == TaskKind.CALL, Task.subject_type == SUBJECT, Task.closed_at.is_(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """How a customer paid so far: invoices paid, how many of them in time, the mean of days late of the rest,
    what is open now (centavos), and promises that were kept and broken.
    """

    paid: int
    in_time: int
    days_late: int
    open_count: int
    open_cents: int
    kept: int
    broken: int


def is_broken_promise(today: date) -> ColumnElement[bool]:
    """Whether the customer of a reminder has broken a promise that nobody replaced."""
    return (
        select(DunningHold.id)
        .where(
            DunningHold.customer_id == DunningMessage.customer_id,
            DunningHold.kind == HoldKind.PROMISE,
            DunningHold.lifted_at.is_(None),
            DunningHold.until_on < today,
        )
        .correlate(DunningMessage)
        .exists()
    )


def call_list(today: date) -> ListSpec:
    """Of calls: a broken promise first, then by what is owed times the days it is late."""
    weight: Any = DunningMessage.open_cents * func.greatest(literal(today) - Invoice.due_on, 1)
    pressing = case((is_broken_promise(today), weight + 10**15), else_=weight)
    return ListSpec(
        sorts={"prioridade": pressing, "valor": DunningMessage.open_cents, "prazo": Task.due_at},
        default="-prioridade",
    )


def list_calls(session: Session, request: ListRequest) -> Page[Task]:
    """A page of the calls that wait."""
    return paginate(session, _calls(request), request)


def list_for_export(request: ListRequest) -> Iterator[Task]:
    """All of them, as filtered and sorted."""
    yield from read_all(request.ordered(_calls(request)).limit(EXPORT_LIMIT))


def messages_of(session: Session, tasks: Sequence[Task]) -> dict[int, DunningMessage]:
    """The reminders that calls are about, by the id of the task, with invoice and customer."""
    ids = {task.subject_id: task.id for task in tasks}
    found = session.scalars(
        select(DunningMessage)
        .options(
            joinedload(DunningMessage.invoice),
            joinedload(DunningMessage.customer).joinedload(Customer.signatory),
            joinedload(DunningMessage.partner),
        )
        .where(DunningMessage.id.in_(ids))
    )
    return {ids[message.id]: message for message in found}


def broken_promises(session: Session, customer_ids: Sequence[int], *, today: date) -> set[int]:
    """Of some customers, those who broke a promise that nobody replaced."""
    return set(
        session.scalars(
            select(DunningHold.customer_id).where(
                DunningHold.customer_id.in_(customer_ids),
                DunningHold.kind == HoldKind.PROMISE,
                DunningHold.lifted_at.is_(None),
                DunningHold.until_on < today,
            )
        )
    )


def find_call_task(session: Session, message_id: int) -> Task | None:
    """The open call of a reminder."""
    return session.scalar(select(Task).where(IS_WAITING, Task.subject_id == message_id))


def list_needless_calls(session: Session, *, since: datetime, limit: int) -> Sequence[Task]:
    """Open calls about what was paid, or is owed no more, at an instant or before; the oldest first.

    Of what is paid but for so little that nobody is reminded of it, at once.
    """
    over_at = func.coalesce(Invoice.paid_at, Invoice.voided_at)
    open_cents = Invoice.amount_cents - Invoice.paid_cents
    needless = or_(Invoice.state != InvoiceState.OPEN, open_cents < least_owed_cents(session))
    return session.scalars(
        select(Task)
        .join(DunningMessage, DunningMessage.id == Task.subject_id)
        .join(Invoice, Invoice.id == DunningMessage.invoice_id)
        .where(IS_WAITING, needless, or_(over_at.is_(None), over_at <= since))
        .order_by(Task.id)
        .limit(limit)
    ).all()


def count_attempts(session: Session, message_id: int) -> int:
    """How often somebody was to call for a reminder."""
    calls = select(func.count()).where(
        Task.kind == TaskKind.CALL, Task.subject_type == SUBJECT, Task.subject_id == message_id
    )
    return session.scalar(calls) or 0


def latest_calls(session: Session, customer_id: int) -> Sequence[Task]:
    """The last calls to a customer that ended, the newest first."""
    return session.scalars(
        select(Task)
        .where(Task.kind == TaskKind.CALL, Task.customer_id == customer_id, Task.closed_at.is_not(None))
        .order_by(Task.closed_at.desc())
        .limit(LATEST)
    ).all()


def paying_of(session: Session, customer_id: int, *, today: date) -> Paying:
    """How a customer paid so far."""
    late = day(Invoice.paid_at) - Invoice.due_on
    is_paid, is_late = Invoice.state == InvoiceState.PAID, late > FORGIVEN_DAYS
    is_open = Invoice.state == InvoiceState.OPEN
    owed = case((is_open, Invoice.amount_cents - Invoice.paid_cents), else_=0)
    row = session.execute(
        select(
            func.count().filter(is_paid),
            func.count().filter(is_paid, or_(late.is_(None), late <= FORGIVEN_DAYS)),
            func.coalesce(func.round(func.avg(late).filter(is_paid, is_late)), 0),
            func.count().filter(is_open),
            func.coalesce(func.sum(owed), 0),
        ).where(Invoice.customer_id == customer_id, Invoice.billed_to == BilledTo.CUSTOMER)
    ).one()
    kept, broken = _promises(session, customer_id, today=today)
    paid, in_time, days_late, open_count, open_cents = row
    return Paying(
        paid=paid,
        in_time=in_time,
        days_late=int(days_late),
        open_count=open_count,
        open_cents=int(open_cents),
        kept=kept,
        broken=broken,
    )


def _promises(session: Session, customer_id: int, *, today: date) -> tuple[int, int]:
    """Promises whose day is over: kept where something was paid from the promise to its day."""
    paid = (
        select(Invoice.id)
        .where(
            Invoice.customer_id == DunningHold.customer_id,
            or_(DunningHold.invoice_id.is_(None), DunningHold.invoice_id == Invoice.id),
            Invoice.paid_at >= DunningHold.made_at,
            day(Invoice.paid_at) <= DunningHold.until_on,
        )
        .correlate(DunningHold)
        .exists()
    )
    is_over = and_(DunningHold.until_on < today, or_(DunningHold.lifted_at.is_(None), paid))
    row = session.execute(
        select(func.count().filter(paid), func.count().filter(~paid)).where(
            DunningHold.customer_id == customer_id, DunningHold.kind == HoldKind.PROMISE, is_over
        )
    ).one()
    kept, broken = row
    return kept, broken


def _calls(request: ListRequest) -> Select[Task]:
    statement = (
        select(Task)
        .join(DunningMessage, DunningMessage.id == Task.subject_id)
        .join(Invoice, Invoice.id == DunningMessage.invoice_id)
        .join(Customer, Customer.id == DunningMessage.customer_id)
        .options(joinedload(Task.owner))
        .where(IS_WAITING, Invoice.state == InvoiceState.OPEN)
    )
    if request.search:
        statement = statement.where(all_words(Customer.search_text, request.search))
    return statement
