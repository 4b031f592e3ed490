"""What the whatsapp room has the queue do: messages, templates, and what was told."""

from datetime import datetime

from flask import current_app
from sqlalchemy.orm import Session

from portal.gateways.whatsapp.interface import (
    SendReport,
    TemplateMessage,
    TemplateOrder,
    TemplateReport,
    TextMessage,
    WhatsAppGateway,
)
from portal.shared.queue import JobKind, Lane, TryLater, local_job
from portal.whatsapp.operations import hearing, sending, templates
from portal.whatsapp.rules.messages import REGISTER, SEND, TAKE_EVENT


def _line() -> WhatsAppGateway:
    gateway: WhatsAppGateway | None = current_app.extensions["portal.whatsapp"]
    if gateway is None:
        raise TryLater("no line of WhatsApp is configured")
    return gateway


def _send(message: TemplateMessage | TextMessage) -> SendReport:
    return _line().send(message)


def _register(order: TemplateOrder) -> TemplateReport:
    return _line().register(order)


def _take(session: Session, event_id: int, /, *, now: datetime) -> None:
    hearing.process_event(session, event_id, now=now)


send_whatsapp = JobKind(
    name=SEND,
    title="Enviar WhatsApp",
    lane=Lane.WHATSAPP,
    before=sending.prepare_message,
    call=_send,
    record=sending.record_message,
)
register_template = JobKind(
    name=REGISTER,
    title="Registrar modelo de WhatsApp",
    lane=Lane.WHATSAPP,
    before=templates.prepare_registration,
    call=_register,
    record=templates.record_registration,
)
take_event = local_job(TAKE_EVENT, title="Aviso do WhatsApp", work=_take, lane=Lane.WHATSAPP)
WHATSAPP_JOBS = (send_whatsapp, register_template, take_event)
