"""Having a note issued: asked of the tax office once, however often it is asked."""

import gzip
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.gateways.nfse.interface import Address, NoteOrder, NoteReport, Outcome, Refused, Replacing
from portal.invoices.models import Invoice
from portal.partners.models import Partner
from portal.settings.queries import value
from portal.settings.rules.names import Name
from portal.shared import audit
from portal.shared.auth import Actor
from portal.shared.clock import day_of
from portal.shared.environment import environment
from portal.shared.queue import QueuedJob, enqueue, enqueue_each
from portal.subscriptions.rules import BilledTo
from portal.tax_notes.models import TaxNote
from portal.tax_notes.operations.reviewing import ask_to_mend
from portal.tax_notes.queries.preparing import is_as_noted, is_ready
from portal.tax_notes.queries.reading import lock_note
from portal.tax_notes.rules.municipalities import NO_NUMBER, is_whole, municipality_code
from portal.tax_notes.rules.preparing import MARGIN, competence_of
from portal.tax_notes.rules.reform import has_ibs_cbs
from portal.tax_notes.rules.states import (
    CAN_BE_SENT,
    SEND_NOTE,
    UNDER_WAY,
    NoteGone,
    NoteState,
    WaitingFor,
)
from portal.tax_notes.rules.troubles import waits_for

AT_ONCE = 5_000


def prepare_note(session: Session, note_id: int, *, now: datetime) -> NoteOrder | None:
    """What to ask the tax office; that it is asked is stored before it is (S5). None: nothing to ask.

    Who it is for is read from the record anew: what was corrected there is corrected in the note.
    """
    note = lock_note(session, note_id)
    nfse = environment().nfse
    if nfse is None or note.state not in UNDER_WAY:
        return None
    may_exist = note.state is NoteState.SENT
    if not may_exist and note.replaces_id is None and not _is_still_due(session, note, now=now):
        _wait(note, WaitingFor.INVOICE, "")
        return None
    taker = _taker(session, note)
    issued_at = now - MARGIN
    competence_on = competence_of(note.due_on, issued_on=day_of(issued_at))
    if not may_exist:
        note.state, note.sent_at = NoteState.SENT, now
        note.trouble, note.trouble_code, note.waiting_for = "", "", None
        note.taker_name, note.taker_document = taker.name, taker.document
    note.attempts += 1
    return NoteOrder(
        dps_id=note.dps_id,
        number=note.number,
        issued_at=issued_at,
        competence_on=competence_on,
        taker_document=note.taker_document,
        taker_name=note.taker_name,
        taker_email=taker.email,
        description=note.description,
        is_setup=note.is_setup,
        amount_cents=note.amount_cents,
        discount_cents=note.discount_cents,
        has_ibs_cbs=has_ibs_cbs(nfse.regime, competence_on=competence_on),
        may_exist=may_exist,
        replacing=_replacing(session, note),
        taker_address=_address_of(taker),
    )


def record_note(session: Session, note_id: int, report: NoteReport, *, now: datetime) -> None:
    """Write down what became of a note. What another worker wrote down before stays."""
    note = session.get_one(TaxNote, note_id)
    if note.replaces_id is not None:
        audit.lock_stream(session, customer_id=note.customer_id)
    note = lock_note(session, note_id)
    if note.state is not NoteState.SENT:
        return
    if report.outcome is Outcome.DONE:
        note.state, note.authorized_at = NoteState.AUTHORIZED, now
        note.access_key, note.fiscal_number = report.access_key, report.number
        note.xml = gzip.compress(report.xml, mtime=0)
        if note.replaces_id is not None:
            _replace(session, note, now=now)
    elif report.outcome is Outcome.REFUSED:
        note.state = NoteState.REJECTED
        note.trouble_code, note.trouble = _first_code(report.why), _words(report.why)
        ask_to_mend(session, note, now=now)
    else:
        fields = [each.code for each in report.why]
        documents = (note.taker_document, environment().company.document)
        _wait(note, waits_for(fields, documents=documents), " ".join(fields))


def send_again(session: Session, note_id: int, *, actor: Actor, now: datetime) -> TaxNote:
    """Have a note sent once more, with what the records say now. One of unknown outcome is asked about first.

    Raises:
        Missing: there is none.
        NoteGone: it was issued meanwhile.
    """
    audit.lock_stream(session, customer_id=session.get_one(TaxNote, note_id).customer_id)
    note = lock_note(session, note_id)
    if note.state not in CAN_BE_SENT:
        raise NoteGone
    if note.state in (NoteState.REJECTED, NoteState.WAITING):
        note.state, note.waiting_for = NoteState.QUEUED, None
        summary = f"Nota fiscal {note.label} enviada de novo"
        audit.record(
            session, action="tax_note_sent_again", summary=summary, subject=note, actor=actor, now=now
        )
    session.flush()
    enqueue(session, SEND_NOTE, subject_id=note.id, now=now)
    return note


def wake_waiting(session: Session, *, now: datetime) -> int:
    """Try every note that waits once more: a new schema or a mended record lets it go. How many."""
    waiting = select(TaxNote.id).where(TaxNote.state == NoteState.WAITING).order_by(TaxNote.id).limit(AT_ONCE)
    ids = session.scalars(waiting.with_for_update(skip_locked=True)).all()
    if ids:
        session.execute(
            update(TaxNote).where(TaxNote.id.in_(ids)).values(state=NoteState.QUEUED, waiting_for=None)
        )
        enqueue_each(session, SEND_NOTE, subject_ids=ids, now=now)
    return len(ids)


def chase_notes(session: Session, *, now: datetime) -> int:
    """Ask again for notes under way that no job is about any more, as after a day of an office away (S6)."""
    job = select(QueuedJob.id).where(
        QueuedJob.kind == SEND_NOTE, QueuedJob.subject_id == TaxNote.id, QueuedJob.state == "waiting"
    )
    lost = select(TaxNote.id).where(TaxNote.state.in_(UNDER_WAY), ~job.exists())
    ids = session.scalars(lost.order_by(TaxNote.id).limit(AT_ONCE)).all()
    if ids:
        enqueue_each(session, SEND_NOTE, subject_ids=ids, now=now)
    return len(ids)


def _is_still_due(session: Session, note: TaxNote, *, now: datetime) -> bool:
    when_due = bool(value(session, Name.TAX_NOTES_WHEN_DUE))
    ready = is_ready(today=day_of(now), when_due=when_due)
    return bool(session.scalar(select(ready & is_as_noted()).where(Invoice.id == note.invoice_id)))


def _taker(session: Session, note: TaxNote) -> Customer | Partner:
    if note.billed_to is BilledTo.PARTNER:
        return session.get_one(Partner, note.partner_id)
    return session.get_one(Customer, note.customer_id)


def _address_of(taker: Customer | Partner) -> Address | None:
    """Where a customer is, if the record says all of it in letters the layout takes: else it is left out."""
    if isinstance(taker, Partner):
        return None
    address = Address(
        municipality=municipality_code(taker.city, taker.state),
        postal_code=taker.postal_code,
        street=taker.street,
        number=taker.street_number or NO_NUMBER,
        complement=taker.complement,
        district=taker.district,
    )
    texts = [address.street, address.number, address.district, *filter(None, [address.complement])]
    return address if is_whole(address.municipality, address.postal_code, texts) else None


def _replacing(session: Session, note: TaxNote) -> Replacing | None:
    if note.replaces_id is None:
        return None
    key = session.scalars(select(TaxNote.access_key).where(TaxNote.id == note.replaces_id)).one()
    return Replacing(access_key=key or "", code=note.replace_code, words=note.replace_reason)


def _replace(session: Session, note: TaxNote, *, now: datetime) -> None:
    """The office ended the other one as it issued this."""
    old = lock_note(session, note.replaces_id or 0)
    old.state, old.ended_at = NoteState.REPLACED, now
    session.flush()
    summary = f"Nota fiscal {old.label} substituída pela {note.label}"
    audit.record(
        session,
        action="tax_note_replaced",
        summary=summary,
        subject=old,
        actor=None,
        reason=note.replace_reason,
        now=now,
    )


def _wait(note: TaxNote, waiting_for: WaitingFor, trouble: str) -> None:
    note.state, note.waiting_for, note.trouble, note.trouble_code = (
        NoteState.WAITING,
        waiting_for,
        trouble,
        "",
    )


def _first_code(why: Sequence[Refused]) -> str:
    return why[0].code if why else ""


def _words(why: Sequence[Refused]) -> str:
    first, *more = [each.words or each.code for each in why] or ["Recusada sem motivo."]
    return " ".join((first, *more)) or "Recusada sem motivo."
