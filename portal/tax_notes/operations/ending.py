"""Canceling and replacing notes that were issued."""

import gzip
from datetime import datetime

from sqlalchemy.orm import Session

from portal.gateways.nfse.interface import CancelOrder, EventReport, Outcome
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.environment import environment
from portal.shared.queue import enqueue
from portal.tax_notes.models import TaxNote, TaxNoteCancellation
from portal.tax_notes.operations.numbering import issuers_name, take_numbers
from portal.tax_notes.queries.reading import (
    find_replacement,
    get_note,
    has_open_cancellation,
    lock_cancellation,
    lock_note,
)
from portal.tax_notes.rules.preparing import MARGIN, NUMBER_WIDTH
from portal.tax_notes.rules.states import (
    SEND_CANCELLATION,
    SEND_NOTE,
    CancellationOpen,
    CancellationState,
    CancelReason,
    NoteGone,
    NoteState,
    NothingLeft,
    ReplacementOpen,
    ReplaceReason,
)
from portal.tax_notes.rules.troubles import trouble_of_wait, waits_for


def ask_cancellation(
    session: Session, note_id: int, *, code: CancelReason, reason: str, actor: Actor, now: datetime
) -> TaxNoteCancellation:
    """Have a note canceled by the tax office.

    Raises:
        Missing: there is none that this person may see.
        NoteGone: it is not in force any more.
        CancellationOpen, ReplacementOpen: somebody asked for its end before.
    """
    note = _lock_in_force(session, note_id, actor=actor)
    row = TaxNoteCancellation(
        note_id=note.id,
        partner_id=note.partner_id,
        customer_id=note.customer_id,
        code=code.value,
        reason=reason,
        asked_at=now,
        asked_by_id=actor.user_id,
        state=CancellationState.ASKED,
    )
    session.add(row)
    summary = f"Cancelamento da nota fiscal {note.label} pedido"
    _record(session, "tax_note_cancel_asked", summary, note, actor=actor, reason=reason, now=now)
    enqueue(session, SEND_CANCELLATION, subject_id=row.id, now=now)
    return row


def prepare_cancellation(session: Session, cancellation_id: int, *, now: datetime) -> CancelOrder | None:
    """What to ask the tax office. None when it is over."""
    row = lock_cancellation(session, cancellation_id)
    if row.state is not CancellationState.ASKED:
        return None
    note = session.get_one(TaxNote, row.note_id)
    return CancelOrder(
        access_key=note.access_key or "", asked_at=now - MARGIN, code=row.code, words=row.reason
    )


def record_cancellation(
    session: Session, cancellation_id: int, report: EventReport, *, now: datetime
) -> None:
    """Write down what became of it."""
    row = session.get_one(TaxNoteCancellation, cancellation_id)
    audit.lock_stream(session, customer_id=row.customer_id)
    note, row = lock_note(session, row.note_id), lock_cancellation(session, cancellation_id)
    if row.state is not CancellationState.ASKED:
        return
    row.ended_at = now
    if report.outcome is Outcome.DONE:
        row.state, row.xml = CancellationState.DONE, gzip.compress(report.xml, mtime=0)
        note.state, note.ended_at = NoteState.CANCELED, now
        summary = f"Nota fiscal {note.label} cancelada"
        _record(session, "tax_note_canceled", summary, note, actor=None, reason=row.reason, now=now)
        return
    row.state = CancellationState.REFUSED
    if report.outcome is Outcome.REFUSED:
        row.trouble_code = report.why[0].code if report.why else ""
        row.trouble = " ".join(each.words or each.code for each in report.why) or "Recusado sem motivo."
    else:
        fields = [each.code for each in report.why]
        row.trouble = trouble_of_wait(waits_for(fields, documents=()), fields).why
    summary = f"Cancelamento da nota fiscal {note.label} recusado"
    _record(session, "tax_note_cancel_refused", summary, note, actor=None, reason=row.trouble, now=now)


def ask_replacement(
    session: Session,
    note_id: int,
    *,
    code: ReplaceReason,
    reason: str,
    description: str,
    discount_cents: int,
    actor: Actor,
    now: datetime,
) -> TaxNote:
    """Have a note replaced by one with what the records say now: same service, same amount, less a discount.

    The tax office ends the old one as it issues the new one, so there is none without the other.

    Raises:
        As `ask_cancellation`; NothingLeft: the discount is all of it; NotConfigured: there is no office.
    """
    note = _lock_in_force(session, note_id, actor=actor)
    if not 0 <= discount_cents < note.amount_cents:
        raise NothingLeft
    row = _successor(session, note, now=now)
    row.replace_code, row.replace_reason = code.value, reason
    row.discount_cents = discount_cents
    row.description, row.asked_by_id = description or note.description, actor.user_id
    session.add(row)
    summary = f"Substituição da nota fiscal {note.label} pedida"
    _record(session, "tax_note_replace_asked", summary, note, actor=actor, reason=reason, now=now)
    enqueue(session, SEND_NOTE, subject_id=row.id, now=now)
    return row


def _successor(session: Session, note: TaxNote, *, now: datetime) -> TaxNote:
    """A note of the same service with a number of its own, not added yet."""
    name, nfse = issuers_name(), environment().nfse
    number = take_numbers(session, name.series, count=1) + 1
    return TaxNote(
        month=note.month,
        series=name.series,
        number=number,
        dps_id=f"{name.prefix}{number:0{NUMBER_WIDTH}}",
        is_test=nfse is not None and nfse.is_test,
        invoice_id=note.invoice_id,
        invoice_line_id=note.invoice_line_id,
        contract_id=note.contract_id,
        partner_id=note.partner_id,
        customer_id=note.customer_id,
        billed_to=note.billed_to,
        taker_name=note.taker_name,
        taker_document=note.taker_document,
        is_setup=note.is_setup,
        amount_cents=note.amount_cents,
        due_on=note.due_on,
        created_at=now,
        state=NoteState.QUEUED,
        replaces_id=note.id,
    )


def _lock_in_force(session: Session, note_id: int, *, actor: Actor) -> TaxNote:
    audit.lock_stream(session, customer_id=get_note(session, note_id, actor=actor).customer_id)
    note = lock_note(session, note_id)
    if note.state is not NoteState.AUTHORIZED:
        raise NoteGone
    if has_open_cancellation(session, note.id):
        raise CancellationOpen
    if find_replacement(session, note.id) is not None:
        raise ReplacementOpen
    return note


def _record(
    session: Session,
    action: str,
    summary: str,
    note: TaxNote,
    *,
    actor: Actor | None,
    reason: str,
    now: datetime,
) -> None:
    audit.record(session, action=action, summary=summary, subject=note, actor=actor, reason=reason, now=now)
