"""What the tax_notes room has the queue do: notes of a month, and what is asked of the tax office."""

from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from portal.gateways.nfse.interface import (
    CancelOrder,
    EventReport,
    NfseGateway,
    NfseUnavailable,
    NoteOrder,
    NoteReport,
)
from portal.shared.queue import JobKind, Lane, TryLater, local_job
from portal.tax_notes.operations import ending, preparing, sending
from portal.tax_notes.rules.states import PREPARE_NOTES, SEND_CANCELLATION, SEND_NOTE


def _prepare(session: Session, run_id: int, /, *, now: datetime) -> None:
    preparing.prepare_chunk(session, run_id, now=now)


def _office() -> NfseGateway:
    gateway: NfseGateway | None = current_app.extensions["portal.nfse"]
    if gateway is None:
        raise TryLater("no tax office is configured")
    return gateway


def _issue(order: NoteOrder) -> NoteReport:
    try:
        return _office().issue(order)
    except NfseUnavailable as error:
        raise TryLater(f"the tax office does not answer: {error}") from error


def _cancel(order: CancelOrder) -> EventReport:
    try:
        return _office().cancel(order)
    except NfseUnavailable as error:
        raise TryLater(f"the tax office does not answer: {error}") from error


prepare_notes = local_job(
    PREPARE_NOTES, title="Preparar notas fiscais do mês", work=_prepare, lane=Lane.BILLING
)
send_note = JobKind(
    name=SEND_NOTE,
    title="Emitir nota fiscal",
    lane=Lane.TAX,
    before=sending.prepare_note,
    call=_issue,
    record=sending.record_note,
)
cancel_note = JobKind(
    name=SEND_CANCELLATION,
    title="Cancelar nota fiscal",
    lane=Lane.TAX,
    before=ending.prepare_cancellation,
    call=_cancel,
    record=ending.record_cancellation,
)
TAX_JOBS = (prepare_notes, send_note, cancel_note)
