"""Notas fiscais for tests: months that were paid, and what the nights make of them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.shared.clock import at_sao_paulo
from portal.tax_notes.models import TaxNote
from portal.tax_notes.operations.preparing import plan_months, prepare_chunk
from portal.tax_notes.queries.reading import find_run
from tests.factories.invoices import make_billed
from tests.factories.payments import pay
from tests.factories.quotes import NOON

JUNE = date(2026, 6, 1)
THE_25TH = at_sao_paulo(date(2026, 6, 25), 2)
BEFORE = at_sao_paulo(date(2026, 6, 24), 2)


def paid_month(session: Session, *, now: datetime = NOON, **selection: Any) -> Invoice:
    """An invoice due on 15/06/2026 and paid the day it was made."""
    invoice = make_billed(session, now=now, **selection).invoice
    pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=now)
    session.refresh(invoice)
    return invoice


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
