"""Preparing a month: its invoices are looked through in chunks, each done at once or not at all."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.shared.environment import environment
from portal.shared.queue import enqueue, enqueue_all
from portal.shared.queueing import insert_once
from portal.tax_notes.models import TaxNote, TaxNoteRun
from portal.tax_notes.operations.numbering import issuers_name, take_numbers
from portal.tax_notes.queries.preparing import COLUMNS, next_invoices, notes_of
from portal.tax_notes.queries.reading import list_months
from portal.tax_notes.rules.preparing import months_to_prepare, opens_on
from portal.tax_notes.rules.states import PREPARE_NOTES, SEND_NOTE, TooEarly

AT_ONCE = 500


def plan_months(session: Session, *, now: datetime) -> list[date]:
    """Have every month that is due looked through anew, by the queue; the months."""
    day = value(session, Name.TAX_NOTE_DAY)
    months = months_to_prepare(list_months(session), today=day_of(now), day=day)
    for month in months:
        look_through(session, month, now=now)
    return months


def prepare_month(session: Session, month: date, *, now: datetime) -> TaxNoteRun:
    """Have a month looked through now.

    Raises:
        NotConfigured: the vendor issues no notes.
        TooEarly: its notes are issued from a later day on.
    """
    issuers_name()
    day = opens_on(month, day=value(session, Name.TAX_NOTE_DAY))
    if day_of(now) < day:
        raise TooEarly(f"As notas deste mês saem a partir de {format_date(day)}.")
    return look_through(session, month, now=now)


def look_through(session: Session, month: date, *, now: datetime) -> TaxNoteRun:
    """Begin a pass over a month, unless one is under way."""
    values = {"month": month, "opened_at": now, "after_id": 0}
    insert_once(session, TaxNoteRun, key="month", values=values)
    run = session.scalars(
        select(TaxNoteRun)
        .where(TaxNoteRun.month == month)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    if run.finished_at is not None:
        run.after_id, run.finished_at = 0, None
    enqueue(session, PREPARE_NOTES, subject_id=run.id, now=now)
    return run


def prepare_chunk(session: Session, run_id: int, *, now: datetime) -> None:
    """Make the notes of the next invoices of a run; while more wait, it is due again.

    Cursor, numbers, notes and their jobs are one transaction: killed, it is done again, and nothing twice.
    """
    run = session.get_one(TaxNoteRun, run_id, with_for_update=True, populate_existing=True)
    if run.finished_at is not None:
        return
    when_due = bool(value(session, Name.TAX_NOTES_WHEN_DUE))
    chosen = next_invoices(run, today=day_of(now), when_due=when_due, limit=AT_ONCE)
    invoice_ids = session.scalars(chosen).all()
    if invoice_ids:
        _make_notes(session, run, invoice_ids, now=now)
        run.after_id = invoice_ids[-1]
    if len(invoice_ids) == AT_ONCE:
        enqueue(session, PREPARE_NOTES, subject_id=run.id, now=now)
    else:
        run.finished_at = now


def _make_notes(session: Session, run: TaxNoteRun, invoice_ids: Sequence[int], *, now: datetime) -> None:
    nfse = environment().nfse
    is_test = nfse is not None and nfse.is_test
    name = issuers_name()
    wanted = notes_of(invoice_ids, run, name, last=0, is_test=is_test, now=now)
    count = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    if not count:
        return
    last = take_numbers(session, name.series, count=count)
    rows = notes_of(invoice_ids, run, name, last=last, is_test=is_test, now=now)
    made = session.scalars(insert(TaxNote).from_select(list(COLUMNS), rows).returning(TaxNote.id)).all()
    enqueue_all(session, SEND_NOTE, subject_ids=made, now=now)
