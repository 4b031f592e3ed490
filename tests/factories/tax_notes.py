"""Notas fiscais for tests: months that were paid, and what the nights make of them."""

import gzip
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import nfelib.nfse
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.invoices.models import CreditNote, Invoice, InvoiceLine
from portal.shared.clock import at_sao_paulo
from portal.tax_notes.models import TaxNote, TaxNoteSeries
from portal.tax_notes.operations.preparing import plan_months, prepare_chunk
from portal.tax_notes.queries.reading import find_run
from portal.tax_notes.rules.states import NoteState
from tests.factories.invoices import make_billed
from tests.factories.payments import pay
from tests.factories.quotes import NOON
from tests.support.remembered import remembered

JUNE = date(2026, 6, 1)
THE_25TH = at_sao_paulo(date(2026, 6, 25), 2)
BEFORE = at_sao_paulo(date(2026, 6, 24), 2)


@remembered
def paid_month(session: Session, *, now: datetime = NOON, **selection: Any) -> Invoice:
    """An invoice due on 15/06/2026 and paid the day it was made."""
    invoice = make_billed(session, now=now, **selection).invoice
    pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=now)
    session.refresh(invoice)
    return invoice


@remembered
def prepared_month(session: Session) -> None:
    """Two notes of a month, which the night prepared."""
    paid_month(session, quantities={"user": 3})
    night(session, THE_25TH)


def night(session: Session, now: datetime) -> None:
    """What the night prepares; nothing is sent by it."""
    for month in plan_months(session, now=now):
        run = find_run(session, month)
        while run is not None and run.finished_at is None:
            prepare_chunk(session, run.id, now=now)
    session.flush()
    session.expire_all()


def notes(session: Session) -> list[TaxNote]:
    """All of them, by number."""
    return list(session.scalars(select(TaxNote).order_by(TaxNote.number)))


def make_note(
    session: Session, invoice: Invoice, *, state: NoteState = NoteState.AUTHORIZED, now: datetime = NOON
) -> TaxNote:
    """The note of an invoice of one line as a row alone: issued long ago, or rejected by the office."""
    series = session.get(TaxNoteSeries, "1") or TaxNoteSeries(name="1", last_number=0)
    series.last_number += 1
    session.add(series)
    session.flush()
    line = session.scalars(
        select(InvoiceLine).where(InvoiceLine.invoice_id == invoice.id, InvoiceLine.amount_cents > 0)
    ).one()
    number = series.last_number
    notes_of_credit = select(func.coalesce(func.sum(CreditNote.amount_cents), 0))
    credited = int(session.scalar(notes_of_credit.where(CreditNote.invoice_id == invoice.id)) or 0)
    note = TaxNote(
        month=invoice.due_on.replace(day=1),
        series="1",
        number=number,
        dps_id=f"DPS420540721122233300018100001{number:015}",
        is_test=True,
        invoice_id=invoice.id,
        invoice_line_id=line.id,
        contract_id=invoice.contract_id,
        partner_id=invoice.partner_id,
        customer_id=invoice.customer_id,
        billed_to=invoice.billed_to,
        taker_name=invoice.payer_name,
        taker_document=invoice.payer_document,
        description=f"{line.label}, fatura {invoice.label}",
        is_setup=False,
        amount_cents=line.amount_cents,
        discount_cents=credited,
        due_on=invoice.due_on,
        created_at=now,
        state=state,
        sent_at=now,
    )
    if state is NoteState.AUTHORIZED:
        note.access_key, note.fiscal_number, note.authorized_at = f"{number:050}", str(number), now
        note.xml = gzip.compress(_issued(invoice.payer_name))
    else:
        note.trouble_code, note.trouble = "E0312", "Código de tributação municipal ausente."
    session.add(note)
    session.flush()
    return note


def tax_notes_of(session: Session, *, paid_id: int, open_id: int) -> dict[str, str]:
    """For the town: a note that was issued, and one that was rejected."""
    issued = make_note(session, session.get_one(Invoice, paid_id))
    rejected = make_note(session, session.get_one(Invoice, open_id), state=NoteState.REJECTED)
    return {"tax_note": str(issued.id), "tax_note_rejected": str(rejected.id)}


def _issued(name: str) -> bytes:
    """A note of the regular regime with IBS and CBS, as the office gave it to somebody else."""
    sample = Path(nfelib.nfse.__path__[0]) / "samples" / "v1_0" / "nfse-ibscbs.xml"
    text = sample.read_text(encoding="utf-8")
    return text.replace("EMPRESA TOMADORA DE TESTE LTDA", escape(name)).encode()
