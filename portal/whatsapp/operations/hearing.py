"""What WhatsApp tells us by itself: taken down once, then worked off thing by thing."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.config import WhatsAppSettings
from portal.shared.auth import Role
from portal.shared.queue import enqueue_all
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind, end_of_day
from portal.whatsapp.models import WhatsAppEvent, WhatsAppMessage
from portal.whatsapp.operations.answering import hear_message
from portal.whatsapp.operations.people import know_contact
from portal.whatsapp.operations.sending import fail
from portal.whatsapp.operations.templates import note_template
from portal.whatsapp.queries.messages import find_told_message
from portal.whatsapp.rules.messages import (
    TAKE_EVENT,
    Category,
    MessageState,
    failure_of,
    later_of,
    message_of,
)
from portal.whatsapp.rules.reaching import known_number
from portal.whatsapp.rules.webhooks import EventKind, in_our_time, instant_of, read_webhook, require_signature

_STATES = {
    "sent": (MessageState.SENT, "sent_at"),
    "delivered": (MessageState.DELIVERED, "delivered_at"),
    "read": (MessageState.READ, "read_at"),
    "played": (MessageState.READ, "read_at"),
}
FAILED, MARKETING, STOP = "failed", "marketing_messages", "stop"


def accept_webhook(
    session: Session,
    *,
    body: bytes,
    signature: str,
    settings: WhatsAppSettings,
    now: datetime,
    inside: Callable[[datetime], datetime] = lambda instant: instant,
) -> int:
    """Take down what a call tells, and enqueue the work on it; how much of it was new.

    `inside` gives what the portal calls an instant of theirs.

    Raises:
        Forged, Unreadable: nothing is written.
    """
    require_signature(signature, body, secret=settings.app_secret)
    told = read_webhook(body, account_id=settings.account_id, phone_id=settings.phone_id)
    rows = [
        {
            "key": each.key,
            "kind": each.kind,
            "body": in_our_time(each.body, inside),
            "received_at": now,
        }
        for each in told
    ]
    if not rows:
        return 0
    once = insert(WhatsAppEvent).on_conflict_do_nothing(index_elements=["key"])
    made = session.scalars(once.returning(WhatsAppEvent.id), rows).all()
    if made:
        enqueue_all(session, TAKE_EVENT, subject_ids=made, now=now)
    return len(made)


def process_event(session: Session, event_id: int, *, now: datetime) -> None:
    """Do what one thing asks for, once. What somebody wrote is kept where it is read, not here."""
    event = session.get_one(WhatsAppEvent, event_id, with_for_update=True)
    if event.processed_at is not None:
        return
    event.processed_at = now
    if event.kind is EventKind.STATUS:
        _note_status(session, event, now=now)
    elif event.kind is EventKind.MESSAGE:
        hear_message(session, event.body, now=now)
        event.body = {}
    elif event.kind is EventKind.PREFERENCE:
        _note_preference(session, event, now=now)
    elif event.kind is EventKind.TEMPLATE:
        body = event.body
        name, status = str(body["message_template_name"]), str(body["event"])
        note_template(session, name=name, status=status, reason=str(body.get("reason") or ""), now=now)
    else:
        _ask_what_it_is(session, str(event.body.get("field")), now=now)


def _note_status(session: Session, event: WhatsAppEvent, *, now: datetime) -> None:
    body = event.body
    own_id = message_of(str(body.get("biz_opaque_callback_data") or ""))
    message = find_told_message(session, message_id=str(body["id"]), own_id=own_id)
    if message is None:
        return  # of another program on the same line
    message.message_id = message.message_id or str(body["id"])
    at, word = instant_of(body, otherwise=event.received_at), str(body["status"])
    _note_bill(message, body)
    if word == FAILED:
        errors = body.get("errors") or [{}]
        code = errors[0].get("code")
        code = code if isinstance(code, int) else -1
        fail(session, message, failure_of(code), code=code, now=at)
    elif word in _STATES:
        state, column = _STATES[word]
        known = getattr(message, column)
        setattr(message, column, min(known, at) if known else at)
        message.state = later_of(message.state, state)
    else:
        _ask_what_it_is(session, f"statuses.{word[:40]}", now=now)
    _learn_id(session, message, body)


def _note_bill(message: WhatsAppMessage, body: dict[str, object]) -> None:
    bill = body.get("pricing")
    if not isinstance(bill, dict):
        return
    if isinstance(bill.get("billable"), bool):
        message.is_billable = bool(message.is_billable) or bill["billable"]
    if bill.get("category") in {each.value for each in Category}:
        message.category = Category(bill["category"])


def _learn_id(session: Session, message: WhatsAppMessage, body: dict[str, object]) -> None:
    user_id = str(body.get("recipient_user_id") or body.get("user_id") or "")
    if user_id and message.phone:
        know_contact(session, phone=message.phone, user_id=user_id)


def _note_preference(session: Session, event: WhatsAppEvent, *, now: datetime) -> None:
    body = event.body
    phone = known_number(str(body.get("wa_id") or ""))
    user_id = str(body.get("user_id") or "") or None
    if body.get("category") != MARKETING or not (phone or user_id):
        _ask_what_it_is(session, "user_preferences", now=now)
        return
    contact = know_contact(session, phone=phone, user_id=user_id)
    at = instant_of(body, otherwise=event.received_at)
    contact.no_offers_at = (contact.no_offers_at or at) if body.get("value") == STOP else None


def _ask_what_it_is(session: Session, what: str, *, now: datetime) -> None:
    open_task(
        session,
        key=f"whatsapp-unknown:{what}",
        kind=TaskKind.OTHER,
        team=Role.ADMIN,
        title=f"Aviso do WhatsApp que o portal não conhece: {what}",
        detail="Veja na documentação da Meta o que ele significa, e se algo precisa ser feito.",
        due_at=end_of_day(now),
        now=now,
    )
