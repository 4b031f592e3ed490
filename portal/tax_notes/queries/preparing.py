"""Which invoices have notes to come, and those notes, in one statement for however many invoices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Select,
    String,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import Session

from portal.invoices.models import CreditNote, Invoice, InvoiceLine
from portal.invoices.rules.charges import LATE_CHARGES, SETUP
from portal.invoices.rules.states import OWED, InvoiceKind, InvoiceState
from portal.tax_notes.models import TaxNote, TaxNoteRun
from portal.tax_notes.rules.preparing import NUMBER_WIDTH, DpsName, last_of_month
from portal.tax_notes.rules.states import NoteState

COLUMNS = (
    "month series number dps_id is_test invoice_id invoice_line_id contract_id partner_id customer_id "
    "billed_to taker_name taker_document description is_setup amount_cents discount_cents due_on created_at "
    "state"
).split()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotesToCome:
    """What of a month has no notes yet: invoices that are ready, those left out because credit notes take all
    of them back, and those nobody paid yet; with their centavos, less what was credited.
    """

    ready: int
    ready_cents: int
    credited: int
    unpaid: int
    unpaid_cents: int


def is_ready(*, today: date, when_due: bool) -> ColumnElement[bool]:
    """Whether an invoice is one that notes are issued for: paid or, by policy, due.

    What a debt agreement asks for is no service: the invoices in it have the notes.
    """
    paid = and_(Invoice.state == InvoiceState.PAID, Invoice.kind != InvoiceKind.AGREEMENT)
    if not when_due:
        return paid
    is_due = and_(Invoice.state.in_(OWED), Invoice.due_on <= today, Invoice.kind != InvoiceKind.AGREEMENT)
    return or_(paid, is_due)


def credited_cents() -> ColumnElement[int]:
    """What credit notes take back of an invoice."""
    return (
        select(func.coalesce(func.sum(CreditNote.amount_cents), 0))
        .where(CreditNote.invoice_id == Invoice.id)
        .correlate(Invoice)
        .scalar_subquery()
    )


def net_cents() -> ColumnElement[Any]:
    """What of an invoice notes are issued for: neither late charges of earlier ones nor what was credited."""
    return Invoice.amount_cents - Invoice.carried_cents - credited_cents()


def is_as_noted() -> ColumnElement[bool]:
    """Whether as much of an invoice is credited as its notes take off."""
    taken_off = (
        select(func.coalesce(func.sum(TaxNote.discount_cents), 0))
        .where(TaxNote.invoice_id == Invoice.id, TaxNote.replaces_id.is_(None))
        .correlate(Invoice)
        .scalar_subquery()
    )
    return taken_off == credited_cents()


def next_invoices(run: TaxNoteRun, *, today: date, when_due: bool, limit: int) -> Select[int]:
    """The ids after a run's cursor of invoices that are ready and have no notes, in order."""
    return (
        select(Invoice.id)
        .where(
            _of_month(run.month),
            Invoice.id > run.after_id,
            is_ready(today=today, when_due=when_due),
            net_cents() > 0,
            ~_has_notes(),
        )
        .order_by(Invoice.id)
        .limit(limit)
    )


def notes_of(
    invoice_ids: Sequence[int], run: TaxNoteRun, name: DpsName, *, last: int, is_test: bool, now: datetime
) -> Select[*tuple[Any, ...]]:
    """The notes of invoices: one of each line that is a service, numbered on from `last` in their order.

    What was credited is taken off them in proportion, by whole centavos that add up to it.
    """
    place = func.row_number().over(order_by=(InvoiceLine.invoice_id, InvoiceLine.position))
    number = (place + last).cast(BigInteger)
    units = case((InvoiceLine.quantity > 1, func.concat(" (", InvoiceLine.quantity, " unidades)")), else_="")
    words = func.concat(
        InvoiceLine.label,
        units,
        ", fatura ",
        func.lpad(Invoice.number.cast(String), 6, "0"),
        f", competência {run.month:%m/%Y}",
    )
    return (
        select(
            literal(run.month),
            literal(name.series),
            number,
            func.concat(name.prefix, func.lpad(number.cast(String), NUMBER_WIDTH, "0")),
            literal(is_test),
            Invoice.id,
            InvoiceLine.id,
            Invoice.contract_id,
            Invoice.partner_id,
            Invoice.customer_id,
            Invoice.billed_to,
            Invoice.payer_name,
            Invoice.payer_document,
            words,
            InvoiceLine.code == SETUP,
            InvoiceLine.amount_cents,
            _discount(),
            Invoice.due_on,
            literal(now, TaxNote.created_at.type),
            literal(NoteState.QUEUED.value),
        )
        .join(InvoiceLine, InvoiceLine.invoice_id == Invoice.id)
        .where(Invoice.id.in_(invoice_ids), InvoiceLine.amount_cents > 0, InvoiceLine.code != LATE_CHARGES)
        .order_by(InvoiceLine.invoice_id, InvoiceLine.position)
    )


def notes_to_come(session: Session, month: date, *, today: date, when_due: bool) -> NotesToCome:
    """What of a month has no notes yet. One statement."""
    cents: Any = func.coalesce(func.sum(net_cents()), 0)
    ready, credited = is_ready(today=today, when_due=when_due), net_cents() <= 0
    rows = session.execute(
        select(
            ready.label("ready"), credited.label("credited"), func.count().label("many"), cents.label("cents")
        )
        .where(
            _of_month(month),
            Invoice.state.in_((*OWED, InvoiceState.PAID)),
            Invoice.kind != InvoiceKind.AGREEMENT,
            ~_has_notes(),
        )
        .group_by(ready, credited)
    ).all()

    def total(what: str, *, ready: bool, credited: bool) -> int:
        return sum(int(getattr(row, what)) for row in rows if (row.ready, row.credited) == (ready, credited))

    return NotesToCome(
        ready=total("many", ready=True, credited=False),
        ready_cents=total("cents", ready=True, credited=False),
        credited=sum(int(row.many) for row in rows if row.credited),
        unpaid=total("many", ready=False, credited=False),
        unpaid_cents=total("cents", ready=False, credited=False),
    )


def _discount() -> ColumnElement[int]:
    """A line's part of what was credited: what is due up to it, less what is due up to the one before."""
    until: Any = func.sum(InvoiceLine.amount_cents).over(
        partition_by=InvoiceLine.invoice_id, order_by=InvoiceLine.position
    )
    whole, credited = Invoice.amount_cents - Invoice.carried_cents, credited_cents()
    due_until = func.div(credited * until, whole)
    due_before = func.div(credited * (until - InvoiceLine.amount_cents), whole)
    return (due_until - due_before).cast(BigInteger)


def _of_month(month: date) -> ColumnElement[bool]:
    return Invoice.due_on.between(month, last_of_month(month))


def _has_notes() -> ColumnElement[bool]:
    return exists().where(TaxNote.invoice_id == Invoice.id).correlate(Invoice)
