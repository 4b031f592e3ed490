"""Reads of messages, templates, people and what was told."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.customers.models import Contact, Customer, Signatory
from portal.shared.environment import environment
from portal.shared.queue import QueuedJob
from portal.shared.refusals import Missing
from portal.whatsapp.models import (
    WhatsAppContact,
    WhatsAppLine,
    WhatsAppMessage,
    WhatsAppReceived,
    WhatsAppTemplate,
)
from portal.whatsapp.rules.messages import SEND, UNKNOWN_FOR, MessageState
from portal.whatsapp.rules.reaching import national_forms
from portal.whatsapp.rules.templates import TemplateState


def has_line() -> bool:
    """Whether messages can leave by themselves at all."""
    return environment().whatsapp is not None


def find_line(session: Session) -> WhatsAppLine | None:
    """The line in use, once something happened to it."""
    settings = environment().whatsapp
    return session.scalar(select(WhatsAppLine).filter_by(phone_id=settings.phone_id)) if settings else None


def is_on(session: Session) -> bool:
    """Whether messages leave by themselves now."""
    line = find_line(session)
    return has_line() and (line is None or line.paused_at is None)


def lock_message(session: Session, message_id: int) -> WhatsAppMessage:
    """A message under its lock."""
    return session.get_one(WhatsAppMessage, message_id, with_for_update=True, populate_existing=True)


def find_told_message(session: Session, *, message_id: str, own_id: int | None) -> WhatsAppMessage | None:
    """The message a word is about, under its lock: by WhatsApp's id, else by ours that it brought back."""
    named = select(WhatsAppMessage).where(WhatsAppMessage.message_id == message_id)
    found = session.scalar(named.with_for_update())
    if found is None and own_id is not None:
        found = session.get(WhatsAppMessage, own_id, with_for_update=True, populate_existing=True)
        if found is not None and found.message_id not in (None, message_id):
            return None
    return found


def messages_about(
    session: Session, kind: str, subject_ids: Collection[int]
) -> Mapping[int, WhatsAppMessage]:
    """The message of a kind about each of some rows."""
    found = select(WhatsAppMessage).where(
        WhatsAppMessage.kind == kind, WhatsAppMessage.subject_id.in_(subject_ids)
    )
    return {each.subject_id: each for each in session.scalars(found.order_by(WhatsAppMessage.id))}


def list_unanswered(session: Session, *, now: datetime, limit: int) -> Sequence[int]:
    """Messages whose answer was lost, and of which nothing was heard for too long."""
    return session.scalars(
        select(WhatsAppMessage.id)
        .where(
            WhatsAppMessage.state.in_((MessageState.UNKNOWN, MessageState.CALLING)),
            WhatsAppMessage.asked_at < now - UNKNOWN_FOR,
        )
        .order_by(WhatsAppMessage.id)
        .limit(limit)
    ).all()


def list_forgotten(session: Session, *, limit: int) -> Sequence[int]:
    """Messages that wait and that no job is about."""
    job = select(QueuedJob.id).where(
        QueuedJob.kind == SEND, QueuedJob.subject_id == WhatsAppMessage.id, QueuedJob.state == "waiting"
    )
    return session.scalars(
        select(WhatsAppMessage.id)
        .where(WhatsAppMessage.state == MessageState.QUEUED, ~job.exists())
        .order_by(WhatsAppMessage.id)
        .limit(limit)
    ).all()


def find_template(session: Session, name: str) -> WhatsAppTemplate | None:
    """A template by its name."""
    return session.scalar(select(WhatsAppTemplate).filter_by(name=name))


def templates_by_name(session: Session, names: Collection[str]) -> Mapping[str, WhatsAppTemplate]:
    """Those of some templates that there are."""
    found = session.scalars(select(WhatsAppTemplate).where(WhatsAppTemplate.name.in_(names)))
    return {each.name: each for each in found}


def list_templates(session: Session) -> Sequence[WhatsAppTemplate]:
    """All templates, the newest first."""
    return session.scalars(select(WhatsAppTemplate).order_by(WhatsAppTemplate.id.desc())).all()


def list_unregistered(session: Session) -> Sequence[int]:
    """Templates whose approval is still to be asked for or looked at."""
    waiting = WhatsAppTemplate.state.in_((TemplateState.WAITING, TemplateState.PENDING))
    return session.scalars(select(WhatsAppTemplate.id).where(waiting).order_by(WhatsAppTemplate.id)).all()


def get_template(session: Session, template_id: int) -> WhatsAppTemplate:
    """A template. Raises `Missing`."""
    found = session.get(WhatsAppTemplate, template_id)
    if found is None:
        raise Missing("Não encontramos este modelo.")
    return found


def customers_of(session: Session, *, phone: str | None, user_id: str | None) -> Sequence[Customer]:
    """Whose number it is, by the records; and the customer we were told it is. Locks nothing."""
    same = [WhatsAppContact.phone == phone] if phone else []
    same += [WhatsAppContact.user_id == user_id] if user_id else []
    told = select(WhatsAppContact.customer_id).where(or_(*same), WhatsAppContact.customer_id.is_not(None))
    asked = [Customer.id.in_(told)]
    if phone:
        forms = national_forms(phone)
        signatories = select(Signatory.customer_id).where(Signatory.phone.in_(forms))
        people = select(Contact.customer_id).where(Contact.phone.in_(forms))
        asked += [Customer.phone.in_(forms), Customer.id.in_(signatories), Customer.id.in_(people)]
    return session.scalars(select(Customer).where(or_(*asked)).order_by(Customer.id)).all()


def last_customer_of(session: Session, contact: WhatsAppContact) -> int | None:
    """The customer about whom we wrote last to somebody."""
    same = [WhatsAppMessage.phone == contact.phone] if contact.phone else []
    same += [WhatsAppMessage.user_id == contact.user_id] if contact.user_id else []
    return session.scalar(
        select(WhatsAppMessage.customer_id)
        .where(or_(*same), WhatsAppMessage.customer_id.is_not(None))
        .order_by(WhatsAppMessage.id.desc())
        .limit(1)
    )


def list_received(session: Session, customer_id: int, *, count: int) -> Sequence[WhatsAppReceived]:
    """What somebody of a customer wrote, the newest first."""
    return session.scalars(
        select(WhatsAppReceived)
        .where(WhatsAppReceived.customer_id == customer_id)
        .order_by(WhatsAppReceived.id.desc())
        .limit(count)
    ).all()


def count_in_doubt(session: Session) -> int:
    """Messages whose fate is not known yet."""
    doubtful = WhatsAppMessage.state.in_((MessageState.UNKNOWN, MessageState.CALLING))
    return session.scalar(select(func.count()).select_from(WhatsAppMessage).where(doubtful)) or 0
