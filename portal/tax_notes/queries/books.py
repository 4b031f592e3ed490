"""What must be true of all notes and no constraint can hold."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.invoices.models import Invoice
from portal.tax_notes.models import TaxNote, TaxNoteCancellation, TaxNoteSeries
from portal.tax_notes.rules.states import CancellationState, NoteState

LONGEST_UNKNOWN = timedelta(hours=24)


def find_unlike_notes(session: Session) -> Sequence[int]:
    """Invoices whose notes do not add up to them, late charges carried apart."""
    return session.scalars(
        select(Invoice.id)
        .join(TaxNote, TaxNote.invoice_id == Invoice.id)
        .where(TaxNote.replaces_id.is_(None))
        .group_by(Invoice.id)
        .having(func.sum(TaxNote.amount_cents) != Invoice.amount_cents - Invoice.carried_cents)
        .order_by(Invoice.id)
    ).all()


def find_missing_numbers(session: Session) -> Sequence[str]:
    """Series with numbers that no note bears."""
    return session.scalars(
        select(TaxNoteSeries.name)
        .outerjoin(TaxNote, TaxNote.series == TaxNoteSeries.name)
        .group_by(TaxNoteSeries.name)
        .having(func.count(TaxNote.id) != TaxNoteSeries.last_number)
        .order_by(TaxNoteSeries.name)
    ).all()


def find_old_unknowns(session: Session, *, now: datetime) -> Sequence[int]:
    """Notes that were sent more than a day ago and of which nobody knows what became, and cancellations."""
    notes = session.scalars(
        select(TaxNote.id).where(TaxNote.state == NoteState.SENT, TaxNote.sent_at < now - LONGEST_UNKNOWN)
    )
    asked = session.scalars(
        select(TaxNoteCancellation.note_id).where(
            TaxNoteCancellation.state == CancellationState.ASKED,
            TaxNoteCancellation.asked_at < now - LONGEST_UNKNOWN,
        )
    )
    return sorted({*notes, *asked})


def find_unlike_ends(session: Session) -> Sequence[int]:
    """Notes canceled without an event, or replaced by no note that was issued."""
    other = TaxNote.__table__.alias("other")
    replaced = select(other.c.id).where(other.c.replaces_id == TaxNote.id, other.c.access_key.is_not(None))
    canceled = select(TaxNoteCancellation.id).where(
        TaxNoteCancellation.note_id == TaxNote.id, TaxNoteCancellation.state == CancellationState.DONE
    )
    return session.scalars(
        select(TaxNote.id)
        .where(
            ((TaxNote.state == NoteState.REPLACED) != replaced.exists())
            | ((TaxNote.state == NoteState.CANCELED) != canceled.exists())
        )
        .order_by(TaxNote.id)
    ).all()
