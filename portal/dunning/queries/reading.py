"""Reads of policies, runs, reminders and holds."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from portal.customers.models import Customer
from portal.dunning.models import DunningHold, DunningMessage, DunningPolicy, DunningRun
from portal.dunning.rules.sending import HoldKind, LeftOut, RunState
from portal.dunning.rules.steps import Channel
from portal.invoices.models import Invoice
from portal.invoices.rules.states import InvoiceState
from portal.partners.queries.searching import all_words
from portal.shared.lists import ListRequest, ListSpec, Page, paginate, read_all
from portal.shared.refusals import Missing
from portal.subscriptions.rules import BilledTo

EXPORT_LIMIT = 50_000
SENT = "enviados"
MESSAGE_LIST = ListSpec(
    sorts={"cliente": Customer.name, "valor": DunningMessage.open_cents, "dias": DunningMessage.days},
    default="-valor",
    filters={"canal": Channel, "fora": LeftOut},
)
RUN_LIST = ListSpec(sorts={"dia": DunningRun.day}, default="-dia", filters={"estado": RunState})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounts:
    """What a run holds: reminders to be sent by channel and their sum, and those left out by reason."""

    by_channel: Mapping[Channel, int]
    open_cents: int
    left_out: Mapping[LeftOut, int]


def find_policy(session: Session) -> DunningPolicy | None:
    """The policy in force, with its steps; None before the first."""
    return session.scalar(
        select(DunningPolicy)
        .options(joinedload(DunningPolicy.steps), joinedload(DunningPolicy.made_by))
        .where(DunningPolicy.id == select(func.max(DunningPolicy.id)).scalar_subquery())
    )


def find_run_of(session: Session, day: date) -> DunningRun | None:
    """The run of a day."""
    return session.scalar(select(DunningRun).where(DunningRun.day == day))


def get_run(session: Session, run_id: int) -> DunningRun:
    """A run with who released it. Raises `Missing`."""
    run = session.scalar(
        select(DunningRun).options(joinedload(DunningRun.released_by)).where(DunningRun.id == run_id)
    )
    if run is None:
        raise Missing("Não encontramos esta régua.")
    return run


def lock_run(session: Session, run_id: int) -> DunningRun:
    """A run under its lock. Raises `Missing`."""
    run = session.get(DunningRun, run_id, with_for_update=True, populate_existing=True)
    if run is None:
        raise Missing("Não encontramos esta régua.")
    return run


def lock_hold(session: Session, hold_id: int, *, customer_id: int) -> DunningHold:
    """A hold of a customer under its lock. Raises `Missing`."""
    row = session.scalar(
        select(DunningHold)
        .where(DunningHold.id == hold_id, DunningHold.customer_id == customer_id)
        .with_for_update()
    )
    if row is None:
        raise Missing("Não encontramos esta espera.")
    return row


def find_hold(
    session: Session, customer_id: int, *, kind: HoldKind, invoice_id: int | None
) -> DunningHold | None:
    """The hold of a kind that is not lifted, of a customer or one of its invoices."""
    return session.scalar(
        select(DunningHold).where(
            DunningHold.customer_id == customer_id,
            DunningHold.kind == kind,
            DunningHold.invoice_id.is_not_distinct_from(invoice_id),
            DunningHold.lifted_at.is_(None),
        )
    )


def list_open_invoices(session: Session, customer_id: int) -> Sequence[Invoice]:
    """What a customer owes us, the first due first."""
    return session.scalars(
        select(Invoice)
        .where(
            Invoice.customer_id == customer_id,
            Invoice.billed_to == BilledTo.CUSTOMER,
            Invoice.state == InvoiceState.OPEN,
        )
        .order_by(Invoice.due_on, Invoice.id)
    ).all()


def list_holds(session: Session, customer_id: int) -> Sequence[DunningHold]:
    """The holds of a customer that are not lifted, the newest first."""
    return session.scalars(
        select(DunningHold)
        .options(joinedload(DunningHold.made_by), joinedload(DunningHold.invoice))
        .where(DunningHold.customer_id == customer_id, DunningHold.lifted_at.is_(None))
        .order_by(DunningHold.id.desc())
    ).all()


def list_runs(session: Session, request: ListRequest) -> Page[DunningRun]:
    """A page of runs."""
    statement = select(DunningRun).options(joinedload(DunningRun.released_by))
    if state := request.filter("estado"):
        statement = statement.where(DunningRun.state == RunState(state))
    return paginate(session, statement, request)


def count_messages(session: Session, run_id: int) -> int:
    """How many reminders of a run are to be sent."""
    free = select(func.count()).select_from(DunningMessage).where(DunningMessage.left_out.is_(None))
    return session.scalar(free.where(DunningMessage.run_id == run_id)) or 0


def counts_of(session: Session, run_id: int) -> RunCounts:
    """What a run holds, in numbers."""
    rows = session.execute(
        select(
            DunningMessage.channel,
            DunningMessage.left_out,
            func.count().label("many"),
            func.coalesce(func.sum(DunningMessage.open_cents), 0).label("cents"),
        )
        .where(DunningMessage.run_id == run_id)
        .group_by(DunningMessage.channel, DunningMessage.left_out)
    ).all()
    by_channel = {row.channel: row.many for row in rows if row.left_out is None}
    left_out: dict[LeftOut, int] = {}
    for row in rows:
        if row.left_out is not None:
            left_out[row.left_out] = left_out.get(row.left_out, 0) + row.many
    cents = sum(int(row.cents) for row in rows if row.left_out is None)
    return RunCounts(by_channel=by_channel, open_cents=cents, left_out=left_out)


def list_messages(session: Session, run_id: int, request: ListRequest) -> Page[DunningMessage]:
    """A page of the reminders of a run, sent or left out."""
    return paginate(session, _messages(run_id, request), request)


def list_for_export(run_id: int, request: ListRequest) -> Iterator[DunningMessage]:
    """As `list_messages`, all of them up to a limit."""
    yield from read_all(request.ordered(_messages(run_id, request)).limit(EXPORT_LIMIT))


def list_messages_of_customer(session: Session, customer_id: int, *, count: int) -> Sequence[DunningMessage]:
    """The latest reminders of a customer that were handed on."""
    return session.scalars(
        select(DunningMessage)
        .options(joinedload(DunningMessage.run), joinedload(DunningMessage.step))
        .options(joinedload(DunningMessage.invoice))
        .where(DunningMessage.customer_id == customer_id, DunningMessage.queued_at.is_not(None))
        .order_by(DunningMessage.id.desc())
        .limit(count)
    ).all()


def get_message(session: Session, message_id: int) -> DunningMessage:
    """A reminder with its step, run and customer. Raises `Missing`."""
    message = session.scalar(
        select(DunningMessage)
        .options(
            joinedload(DunningMessage.step),
            joinedload(DunningMessage.run),
            joinedload(DunningMessage.customer),
        )
        .where(DunningMessage.id == message_id)
    )
    if message is None:
        raise Missing("Não encontramos este lembrete.")
    return message


def _messages(run_id: int, request: ListRequest) -> Select[DunningMessage]:
    statement = (
        select(DunningMessage)
        .join(DunningMessage.customer)
        .options(
            contains_eager(DunningMessage.customer),
            joinedload(DunningMessage.step),
            joinedload(DunningMessage.invoice),
            joinedload(DunningMessage.partner),
        )
        .where(DunningMessage.run_id == run_id)
    )
    if request.search:
        statement = statement.where(all_words(Customer.search_text, request.search))
    if channel := request.filter("canal"):
        statement = statement.where(DunningMessage.channel == Channel(channel))
    if reason := request.filter("fora"):
        statement = statement.where(DunningMessage.left_out == LeftOut(reason))
    return statement
