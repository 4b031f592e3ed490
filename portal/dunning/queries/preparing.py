"""Which reminders a day's run holds, in one statement for however many invoices."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    values,
)
from sqlalchemy.orm import Session

from portal.banking.models.bank_file import BankFile
from portal.banking.queries.boletos import boletos_being_settled
from portal.banking.rules.bank_files import REFUSED_RETURN, UNFINISHED, BankFileState
from portal.banking.rules.bank_notices import PROCESS_BANK_NOTICE
from portal.customers.models import Customer
from portal.dunning.models import DunningHold, DunningMessage, DunningRun, DunningStep
from portal.dunning.queries.audiences import is_for
from portal.dunning.queries.ways import has_mail, way_of
from portal.dunning.rules.sending import A_WEEK, MOST_A_WEEK, HoldKind, LeftOut, RunState
from portal.dunning.rules.steps import CATCH_UP_DAYS, FIRST_DAY, LAST_DAY, Channel
from portal.dunning.rules.ways import LineNow
from portal.invoices.models import Invoice
from portal.invoices.queries.due_dates import payable_days
from portal.invoices.rules.states import InvoiceState
from portal.overdue.models import OverdueChunk
from portal.overdue.queries.telling import told_days
from portal.shared.payment_methods import Way
from portal.shared.queue import QueuedJob
from portal.subscriptions.rules import BilledTo
from portal.tasks.models import Task
from portal.tasks.queries import is_of_cause

NOTHING_SENT = FIRST_DAY - 1
# What a run says that nobody released, or that was dropped, was said to nobody.
IS_SENT = (DunningMessage.left_out.is_(None), DunningRun.state == RunState.RELEASED)


def unprocessed(session: Session) -> str:
    """What of the day is not looked at yet, in words; empty when all of it is.

    That is: the bank's files and notices, and whether what is late is to be warned or suspended.
    """
    # What the folder brought damaged is held by its task: another file may have come in its place.
    unattended = (BankFile.state == BankFileState.DAMAGED) & BankFile.created_by_id.is_(None)
    files = exists().where(BankFile.state.in_(UNFINISHED), ~unattended)
    refused = exists().where(is_of_cause(REFUSED_RETURN), Task.closed_at.is_(None))
    notices = exists().where(QueuedJob.kind == PROCESS_BANK_NOTICE, QueuedJob.state == "waiting")
    late = exists().where(OverdueChunk.done_at.is_(None))
    waits_for_file, waits_for_person, waits_for_notice, waits_for_night = session.execute(
        select(files, refused, notices, late)
    ).one()
    if waits_for_file:
        return "Há arquivo de retorno que não foi aplicado: a régua espera por ele."
    if waits_for_person:
        return "Há retorno com defeito vindo do banco: a régua espera até a tarefa dele ser encerrada."
    if waits_for_notice:
        return "Há avisos do banco a processar: a régua espera por eles."
    return "Ainda há atrasos a conferir hoje: a régua espera por eles." if waits_for_night else ""


def due_days(session: Session, *, today: date) -> Sequence[tuple[date, int]]:
    """The due dates of open invoices a step may be about, each with how many days it is past.

    Past its last day without charges, a due date counts from that day, as charges do.
    """
    window = (today - timedelta(days=LAST_DAY + CATCH_UP_DAYS), today - timedelta(days=FIRST_DAY))
    dates = session.scalars(
        select(Invoice.due_on)
        .where(Invoice.state == InvoiceState.OPEN, Invoice.due_on.between(*window))
        .distinct()
    ).all()
    until = payable_days(session)
    return [
        (day, (today - until(day)).days if today > until(day) else min((today - day).days, 0))
        for day in dates
    ]


def reminders(
    run_id: int,
    policy_id: int,
    *,
    days: Sequence[tuple[date, int]],
    line: LineNow,
    least_cents: int,
    today: date,
) -> Select[*tuple[Any, ...]]:
    """The rows of a run, in the order of `COLUMNS`; for less than `least_cents` nobody is reminded."""
    found = _with_reasons(policy_id, days=days, line=line, least_cents=least_cents, today=today).subquery(
        "found"
    )
    is_free = found.c.left_out.is_(None)
    place = func.row_number().over(
        partition_by=(found.c.customer_id, is_free), order_by=(found.c.days.desc(), found.c.invoice_id)
    )
    left_out = case((and_(is_free, place > 1), LeftOut.DAILY.value), else_=found.c.left_out)
    names = (name for name in COLUMNS if name not in {"run_id", "left_out"})
    return select(literal(run_id), left_out, *(found.c[name] for name in names)).order_by(found.c.invoice_id)


COLUMNS = (
    "run_id", "left_out", "step_id", "partner_id", "customer_id", "contract_id", "invoice_id", "channel",
    "days", "open_cents", "instead",
)  # fmt: skip


def _with_reasons(
    policy_id: int, *, days: Sequence[tuple[date, int]], line: LineNow, least_cents: int, today: date
) -> Select[*tuple[Any, ...]]:
    table = values(column("due_on", Date), column("past", Integer), name="due_days").data(list(days))
    step, told = _step(policy_id, table, today=today), _told(today)
    way = way_of(step, line)
    return (
        select(
            step.c.id.label("step_id"),
            Invoice.partner_id,
            Invoice.customer_id,
            Invoice.contract_id,
            Invoice.id.label("invoice_id"),
            way.c.channel,
            step.c.days,
            (Invoice.amount_cents - Invoice.paid_cents).label("open_cents"),
            way.c.instead,
            _reason(way, told, today=today).label("left_out"),
        )
        .join(table, table.c.due_on == Invoice.due_on)
        .join(step, true())
        .join(Customer, Customer.id == Invoice.customer_id)
        .join(way, true())
        .outerjoin(told, told.c.customer_id == Invoice.customer_id)
        .where(
            Invoice.state == InvoiceState.OPEN,
            Invoice.billed_to == BilledTo.CUSTOMER,
            Invoice.amount_cents - Invoice.paid_cents >= least_cents,  # whatever a step says
            or_(table.c.past > 0, Invoice.payment_method != Way.CARD.value),
        )
    )


def _step(policy_id: int, due: FromClause, *, today: date) -> FromClause:
    """The one step an invoice is due for: the latest that is not done, nor too long past to be made up."""
    done = (
        select(func.max(DunningMessage.days))
        .join(DunningRun, DunningRun.id == DunningMessage.run_id)
        .where(DunningMessage.invoice_id == Invoice.id, *IS_SENT)
        .correlate(Invoice)
        .scalar_subquery()
    )
    return (
        select(DunningStep.id, DunningStep.channel, DunningStep.days)
        .where(
            DunningStep.policy_id == policy_id,
            DunningStep.days <= due.c.past,
            DunningStep.days >= due.c.past - CATCH_UP_DAYS,
            DunningStep.days > func.coalesce(done, NOTHING_SENT),
            DunningStep.min_cents <= Invoice.amount_cents - Invoice.paid_cents,
            is_for(DunningStep, before=literal(today + timedelta(days=1)), of=(Invoice, DunningStep)),
        )
        .order_by(DunningStep.days.desc(), DunningStep.position)
        .limit(1)
        .correlate(Invoice, due)
        .lateral("step")
    )


def _told(today: date) -> FromClause:
    """Who was told of a suspension in the last week: on how many days, and whether today."""
    told = told_days(since=today - timedelta(days=A_WEEK - 1), today=today).subquery()
    return (
        select(
            told.c.customer_id,
            func.count().label("days"),
            func.bool_or(told.c.told_on == today).label("is_today"),
        )
        .group_by(told.c.customer_id)
        .subquery("told")
    )


def _reason(way: FromClause, told: FromClause, *, today: date) -> ColumnElement[Any]:
    """Why an invoice's reminder is left out; NULL when it is not."""
    by_mail = way.c.channel == Channel.EMAIL.value
    week = (
        select(func.count())
        .select_from(DunningMessage)
        .join(DunningRun, DunningRun.id == DunningMessage.run_id)
        .where(
            DunningMessage.customer_id == Invoice.customer_id,
            DunningRun.day > today - timedelta(days=A_WEEK),
            *IS_SENT,
        )
        .correlate(Invoice)
        .scalar_subquery()
    )
    return case(
        (Invoice.id.in_(boletos_being_settled()), LeftOut.SETTLING.value),
        (_is_held(HoldKind.HOLD, today), LeftOut.HELD.value),
        (_is_held(HoldKind.PROMISE, today), LeftOut.PROMISED.value),
        (and_(by_mail, _is_held(HoldKind.OPT_OUT, today)), LeftOut.OPTED_OUT.value),
        (and_(by_mail, ~has_mail()), LeftOut.NO_ADDRESS.value),
        (told.c.is_today, LeftOut.DAILY.value),
        (week + func.coalesce(told.c.days, 0) >= MOST_A_WEEK, LeftOut.WEEKLY.value),
        else_=None,
    )


def is_left_alone(
    session: Session, invoice: Invoice, *, today: date, kinds: Iterable[HoldKind] = HoldKind
) -> bool:
    """Whether nobody is to be reminded of an invoice on a day, for some kinds of reasons; by mail for all."""
    held = or_(*(_is_held(kind, today) for kind in kinds))
    return bool(session.scalar(select(held).where(Invoice.id == invoice.id)))


def _is_held(kind: HoldKind, today: date) -> ColumnElement[bool]:
    """Whether a hold of a kind counts on a day for an invoice, its own or its customer's."""
    return (
        exists()
        .where(
            DunningHold.customer_id == Invoice.customer_id,
            DunningHold.kind == kind,
            DunningHold.lifted_at.is_(None),
            or_(DunningHold.until_on.is_(None), DunningHold.until_on >= today),
            or_(DunningHold.invoice_id.is_(None), DunningHold.invoice_id == Invoice.id),
        )
        .correlate(Invoice)
    )
