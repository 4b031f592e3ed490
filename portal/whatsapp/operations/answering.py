"""What somebody wrote to us: kept on the record, and done or given to a person at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.shared import audit
from portal.shared.auth import Role
from portal.shared.brazil import format_phone
from portal.shared.queueing import insert_once
from portal.tasks.models import Task
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind, end_of_day
from portal.whatsapp.models import WhatsAppContact, WhatsAppReceived
from portal.whatsapp.operations import sending
from portal.whatsapp.operations.people import know_contact
from portal.whatsapp.queries.messages import customers_of, last_customer_of
from portal.whatsapp.rules.inbound import LONGEST_TEXT, Intent, intent_of
from portal.whatsapp.rules.messages import Category
from portal.whatsapp.rules.reaching import COUNTRY, known_number
from portal.whatsapp.rules.webhooks import instant_of, text_of

TASKS = {
    Intent.CANCEL: (TaskKind.CANCELLATION, "{who} escreveu no WhatsApp que quer cancelar"),
    Intent.OTHER: (TaskKind.FOLLOW_UP, "Responder {who} no WhatsApp"),
}


def hear_message(session: Session, body: dict[str, Any], *, now: datetime) -> None:
    """Keep what somebody wrote, once, and do what it asks for."""
    phone = known_number(str(body.get("from") or ""))
    user_id = str(body.get("from_user_id") or body.get("_user_id") or "") or None
    if not phone and not user_id:
        return
    found = customers_of(session, phone=phone, user_id=user_id)
    audit.lock_streams(session, [each.id for each in found])
    contact = know_contact(session, phone=phone, user_id=user_id)
    text = text_of(body)[:LONGEST_TEXT]
    at, intent = instant_of(body, otherwise=now), intent_of(text)
    customer = _meant(session, contact, found)
    values = {
        "message_id": str(body["id"]),
        "contact_id": contact.id,
        "partner_id": customer.partner_id if customer else None,
        "customer_id": customer.id if customer else None,
        "text": text,
        "intent": intent,
        "wrote_at": at,
    }
    if not insert_once(session, WhatsAppReceived, key="message_id", values=values):
        return
    contact.wrote_at = max(contact.wrote_at or at, at)
    contact.unreachable_at = None  # whoever writes can be written to
    if intent is Intent.OPT_OUT:
        _opt_out(session, contact, found, text, now=now)
    elif intent is Intent.OPT_IN:
        _opt_in(session, contact, found, text, now=now)
    else:
        _give_to_somebody(
            session,
            contact,
            customer,
            found,
            text=text,
            intent=intent,
            message_id=str(body["id"]),
            now=now,
        )


def _meant(session: Session, contact: WhatsAppContact, found: Sequence[Customer]) -> Customer | None:
    """The one customer of that number, else the one we wrote to last."""
    if len(found) == 1:
        return found[0]
    last = last_customer_of(session, contact)
    if last is None:
        return None
    return next((each for each in found if each.id == last), None) or session.get(Customer, last)


def _opt_out(
    session: Session, contact: WhatsAppContact, found: Sequence[Customer], text: str, *, now: datetime
) -> None:
    if contact.opted_out_at is not None:
        return  # confirmed before
    contact.opted_out_at = now
    session.flush()
    to = sending.Outgoing(
        key=f"opt-out:{contact.id}:{now.isoformat()}",
        subject_id=contact.id,
        phone=contact.phone or "",
        user_id="" if contact.phone else contact.user_id or "",
        name="",
        partner_id=None,
        customer_id=None,
    )
    sending.queue_messages(
        session, kind=sending.OPT_OUT_CONFIRMED, messages=[to], category=Category.SERVICE, now=now
    )
    summary = "WhatsApp: pediu para não receber mensagens"
    _tell_records(session, found, "whatsapp_opted_out", summary, text=text, contact=contact, now=now)


def _opt_in(
    session: Session, contact: WhatsAppContact, found: Sequence[Customer], text: str, *, now: datetime
) -> None:
    if contact.opted_out_at is None:
        return
    contact.opted_out_at = None
    summary = "WhatsApp: pediu para receber mensagens de novo"
    _tell_records(session, found, "whatsapp_opted_in", summary, text=text, contact=contact, now=now)


def _tell_records(
    session: Session,
    found: Sequence[Customer],
    action: str,
    summary: str,
    *,
    text: str,
    contact: WhatsAppContact,
    now: datetime,
) -> None:
    """In the log of everybody who has that number."""
    for each in found:
        audit.record(
            session,
            action=action,
            summary=summary,
            subject=contact,
            owner=each,
            actor=None,
            actor_label=number_of(contact),
            reason=text,
            now=now,
        )


def number_of(contact: WhatsAppContact) -> str:
    """How a person of WhatsApp is called on the screen."""
    return format_phone(contact.phone.removeprefix(COUNTRY)) if contact.phone else "WhatsApp sem número"


def _give_to_somebody(
    session: Session,
    contact: WhatsAppContact,
    customer: Customer | None,
    found: Sequence[Customer],
    *,
    text: str,
    intent: Intent,
    message_id: str,
    now: datetime,
) -> None:
    """A task of support at once; while one of the same kind is open for that person, no second."""
    kind, title = TASKS[intent]
    prefix = f"whatsapp:{contact.id}:{kind}:"
    waiting = select(Task.id).where(Task.key.startswith(prefix, autoescape=True), Task.closed_at.is_(None))
    if session.scalar(waiting.limit(1)) is not None:
        return
    who = customer.display_name if customer else number_of(contact)
    several = "" if customer or len(found) < 2 else "\n\nO número é de: " + ", ".join(x.name for x in found)
    open_task(
        session,
        key=f"{prefix}{message_id}",
        kind=kind,
        team=Role.SUPPORT,
        title=title.format(who=who)[:160],
        detail=f"“{text}”\n\n{number_of(contact)}{several}",
        subject=customer,
        due_at=end_of_day(now),
        now=now,
    )
