"""The mail queue for those who look after it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, defer

from portal.shared.clock import at_sao_paulo, day_of
from portal.shared.lists import COUNT_LIMIT, ListRequest, ListSpec, Page, paginate
from portal.shared.mail import MAIL, MailQueue, mail_queue
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import QueuedJob

OPEN = "pendentes"
OPEN_STATES = (MailState.QUEUED, MailState.HELD, MailState.FAILED)
MAIL_FILTERS = {OPEN: "Na fila, retidos ou com falha"} | dict(MailState.choices())
MAIL_LIST = ListSpec(
    sorts={
        "criado": MailMessage.created_at,
        "proxima": QueuedJob.next_attempt_at,
        "tentativas": QueuedJob.attempts,
    },
    default="-criado",
    filters={"estado": MAIL_FILTERS},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFigures:
    """What waits, what is held and what failed, and how many left today (None beyond 1.000)."""

    queue: MailQueue
    sent_today: int | None


def outbox_figures(session: Session, *, now: datetime) -> OutboxFigures:
    """Two statements."""
    midnight = at_sao_paulo(day_of(now))
    sent = select(MailMessage.id).where(MailMessage.sent_at >= midnight).limit(COUNT_LIMIT + 1)
    count = session.scalar(select(func.count()).select_from(sent.subquery())) or 0
    return OutboxFigures(queue=mail_queue(session), sent_today=None if count > COUNT_LIMIT else count)


def list_mails(session: Session, request: ListRequest) -> Page[Row[MailMessage, QueuedJob | None]]:
    """A page of mails without their bodies, each with its job; unless asked otherwise, those that wait."""
    job = (QueuedJob.kind == MAIL) & (QueuedJob.subject_id == MailMessage.id)
    statement = select(MailMessage, QueuedJob).join(QueuedJob, job, isouter=True)
    statement = statement.options(defer(MailMessage.text_body), defer(MailMessage.html_body))
    asked = request.filter("estado") or OPEN
    states = OPEN_STATES if asked == OPEN else (MailState(asked),)
    return paginate(session, statement.where(MailMessage.state.in_(states)), request)
