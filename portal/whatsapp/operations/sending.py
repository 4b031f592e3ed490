"""A message on its way: asked for once, handed over once, and what became of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.gateways.whatsapp.interface import (
    Outcome,
    Receiver,
    SendReport,
    TemplateMessage,
    TextMessage,
)
from portal.shared.events import publish
from portal.shared.questions import ask
from portal.shared.queue import enqueue, enqueue_all, enqueue_each
from portal.whatsapp.events import WhatsAppFailed
from portal.whatsapp.models import WhatsAppMessage
from portal.whatsapp.operations.people import know_contact
from portal.whatsapp.operations.stopping import pause_line
from portal.whatsapp.operations.templates import stop_template
from portal.whatsapp.queries.messages import (
    find_template,
    is_on,
    list_forgotten,
    list_unanswered,
    lock_message,
)
from portal.whatsapp.queries.wording import Wording, WordingOf
from portal.whatsapp.rules.messages import (
    RANK,
    SEND,
    Category,
    Failure,
    MessageState,
    failure_of,
    later_of,
    tag_of,
    wait_after,
)
from portal.whatsapp.rules.templates import TemplateState

OPT_OUT_CONFIRMED = "opt_out_confirmed"
OPTED_OUT_TEXT = (
    "Pronto: você não recebe mais mensagens nossas por WhatsApp. Faturas e avisos do contrato seguem por "
    "e-mail. Para voltar a receber aqui, responda VOLTAR."
)
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message to queue, one for each `key`."""

    key: str
    subject_id: int
    phone: str
    user_id: str
    name: str
    partner_id: int | None
    customer_id: int | None


def queue_messages(
    session: Session,
    *,
    kind: str,
    messages: Sequence[Outgoing],
    category: Category = Category.UTILITY,
    now: datetime,
) -> int:
    """Owe messages of a kind, many at once; they leave after this transaction. How many were new."""
    rows = [
        {
            "key": each.key,
            "kind": kind,
            "subject_id": each.subject_id,
            "partner_id": each.partner_id,
            "customer_id": each.customer_id,
            "phone": each.phone,
            "user_id": each.user_id,
            "to_name": each.name,
            "template": "",
            "state": MessageState.QUEUED,
            "category": category,
            "attempts": 0,
            "queued_at": now,
        }
        for each in messages
    ]
    if not rows:
        return 0
    once = insert(WhatsAppMessage).on_conflict_do_nothing(index_elements=["key"])
    made = session.scalars(once.returning(WhatsAppMessage.id), rows).all()
    if made:
        enqueue_all(session, SEND, subject_ids=made, now=now)
    return len(made)


def prepare_message(
    session: Session, message_id: int, *, now: datetime
) -> TemplateMessage | TextMessage | None:
    """What to hand over, looked at again now; that it is handed over is stored before (S5).

    None when nothing leaves: not needed, failed, or handed over before by somebody who did not live to say
    what came of it. That is never done again: the API would make a second message of it.

    Raises:
        TryLater: it is not an hour in which anybody is written to.
    """
    message = lock_message(session, message_id)
    if message.state is MessageState.CALLING:
        message.state = MessageState.UNKNOWN
    if message.state is not MessageState.QUEUED:
        return None
    to = Receiver(phone=message.phone, user_id=message.user_id)
    if message.kind == OPT_OUT_CONFIRMED:
        _ask(message, now=now)
        return TextMessage(to=to, tag=tag_of(message.id), text=OPTED_OUT_TEXT)
    wording = _wording(session, message, now=now)
    if not wording.is_needed:
        message.state = MessageState.NOT_NEEDED
        return None
    if why := _why_not(session, message, wording):
        fail(session, message, why, code=None, now=now)
        return None
    message.template = wording.template
    _ask(message, now=now)
    return TemplateMessage(
        to=to,
        tag=tag_of(message.id),
        template=wording.template,
        fields=wording.fields,
        button=wording.button,
    )


def _ask(message: WhatsAppMessage, *, now: datetime) -> None:
    message.state, message.asked_at = MessageState.CALLING, now
    message.attempts += 1


def _wording(session: Session, message: WhatsAppMessage, *, now: datetime) -> Wording:
    for answer in ask(session, WordingOf(message, now)):
        if answer is not None:
            return answer
    raise LookupError(f"no room words WhatsApp messages of kind {message.kind}")


def _why_not(session: Session, message: WhatsAppMessage, wording: Wording) -> Failure | None:
    if not is_on(session):
        return Failure.ACCOUNT
    contact = know_contact(session, phone=message.phone or None, user_id=message.user_id or None)
    if contact.opted_out_at is not None:
        return Failure.OPTED_OUT
    template = find_template(session, wording.template)
    if template is None or template.state is not TemplateState.APPROVED:
        return Failure.TEMPLATE
    return None


def record_message(session: Session, message_id: int, report: SendReport, *, now: datetime) -> None:
    """Write down what handing it over brought. A word that came faster by the webhook stays."""
    message = lock_message(session, message_id)
    if report.outcome is Outcome.DONE:
        message.message_id = message.message_id or report.message_id
        message.accepted_at = message.accepted_at or now
        message.state = later_of(message.state, MessageState.ACCEPTED)
        return
    if message.state is not MessageState.CALLING:
        return
    if report.outcome is Outcome.NO_ANSWER:
        message.state = MessageState.UNKNOWN
        return
    is_refused = report.outcome is Outcome.REFUSED
    failure = failure_of(report.code) if is_refused else Failure.TRY_AGAIN
    wait = wait_after(message.attempts) if failure is Failure.TRY_AGAIN else None
    if wait is None:
        fail(session, message, failure, code=report.code if is_refused else None, now=now)
        return
    message.state = MessageState.QUEUED
    message.error_code = report.code if is_refused else None
    session.flush()
    enqueue(session, SEND, subject_id=message.id, now=now, not_before=now + wait)


def fail(
    session: Session, message: WhatsAppMessage, failure: Failure, *, code: int | None, now: datetime
) -> None:
    """A locked message reaches nobody: stop what the reason is about, and tell who wanted it."""
    if RANK.get(message.state, RANK[MessageState.READ]) >= RANK[MessageState.FAILED]:
        return
    message.state, message.failure = MessageState.FAILED, failure
    message.failed_at, message.error_code = now, code
    session.flush()
    if code is not None:
        _stop(session, message, failure, code, now=now)
    publish(
        session,
        WhatsAppFailed(
            message_id=message.id,
            kind=message.kind,
            subject_id=message.subject_id,
            failure=failure,
            now=now,
        ),
    )


def _stop(session: Session, message: WhatsAppMessage, failure: Failure, code: int, *, now: datetime) -> None:
    if failure is Failure.TEMPLATE:
        stop_template(session, message.template, code=code, now=now)
    elif failure is Failure.ACCOUNT:
        pause_line(session, code=code, now=now)
    elif failure in (Failure.RECEIVER, Failure.OPTED_OUT):
        contact = know_contact(session, phone=message.phone or None, user_id=message.user_id or None)
        if failure is Failure.RECEIVER:
            contact.unreachable_at = contact.unreachable_at or now
        else:
            contact.opted_out_at = contact.opted_out_at or now


def settle_unanswered(session: Session, *, now: datetime) -> int:
    """Count as not sent what nothing was heard of for an hour after its answer was lost (S6); how many.

    It is not sent again by WhatsApp: if it was sent after all, the customer has it there and the other way.
    """
    ids = list_unanswered(session, now=now, limit=AT_ONCE)
    for each in ids:
        fail(session, lock_message(session, each), Failure.NO_ANSWER, code=None, now=now)
    return len(ids)


def chase_messages(session: Session, *, now: datetime) -> int:
    """Have those sent that wait without a job (E2); how many."""
    ids = list_forgotten(session, limit=AT_ONCE)
    if ids:
        enqueue_each(session, SEND, subject_ids=ids, now=now)
    return len(ids)
