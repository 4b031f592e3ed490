"""What became of reminders: as far as the mail server, WhatsApp and the people who call have said."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, String, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.dunning.models import DunningMessage
from portal.dunning.rules.steps import Channel
from portal.dunning.rules.ways import REMINDER
from portal.shared.mail_rows import MailMessage, MailState
from portal.tasks.models import Task
from portal.whatsapp.models import WhatsAppMessage
from portal.whatsapp.rules.messages import Failure, MessageState

MAIL_WORDS = {
    MailState.QUEUED: "Na fila",
    MailState.HELD: "Retido pelo limite",
    MailState.SENT: "Aceito pelo servidor",
    MailState.FAILED: "Recusado pelo servidor",
    MailState.DROPPED: "Descartado",
    MailState.NOT_NEEDED: "Não foi mais preciso",
}
GOOD = frozenset(
    {MailState.SENT, MessageState.ACCEPTED, MessageState.SENT, MessageState.DELIVERED, MessageState.READ}
)
BAD = frozenset({MailState.FAILED, MailState.DROPPED})


class Evidence(NamedTuple):
    """What became of a reminder by one way: a word, its tone as of `tag` in badge.html, and since when."""

    channel: Channel
    word: str
    tone: str
    at: datetime


class StateCount(NamedTuple):
    """How many reminders of a run stand so by a way."""

    channel: Channel
    word: str
    many: int


def evidence_of(session: Session, messages: Collection[DunningMessage]) -> Mapping[int, Sequence[Evidence]]:
    """What became of each reminder, oldest way first. Three statements for however many."""
    ids = [each.id for each in messages]
    found: dict[int, list[Evidence]] = {each: [] for each in ids}
    if not ids:
        return found
    for message_id, evidence in (*_chats(session, ids), *_mails(session, ids), *_calls(session, ids)):
        found[message_id].append(evidence)
    return {each: sorted(rows, key=lambda row: row.at) for each, rows in found.items()}


def _chats(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Evidence]]:
    asked = select(WhatsAppMessage).where(
        WhatsAppMessage.kind == REMINDER, WhatsAppMessage.subject_id.in_(ids)
    )
    for each in session.scalars(asked):
        at = each.read_at or each.delivered_at or each.failed_at or each.sent_at or each.accepted_at
        is_bad = each.state is MessageState.FAILED
        tone = "refused" if is_bad else "good" if each.state in GOOD else "neutral"
        yield each.subject_id, Evidence(Channel.WHATSAPP, each.state_label, tone, at or each.queued_at)


def _mails(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Evidence]]:
    asked = select(
        MailMessage.subject_id, MailMessage.state, MailMessage.created_at, MailMessage.sent_at
    ).where(MailMessage.kind == REMINDER, MailMessage.subject_id.in_(ids))
    for row in session.execute(asked):
        state = MailState(row.state)
        tone = "refused" if state in BAD else "good" if state in GOOD else "neutral"
        at = row.sent_at or row.created_at
        yield row.subject_id or 0, Evidence(Channel.EMAIL, MAIL_WORDS[state], tone, at)


def _calls(session: Session, ids: Sequence[int]) -> Iterator[tuple[int, Evidence]]:
    asked = select(Task).where(Task.subject_type == DunningMessage.__tablename__, Task.subject_id.in_(ids))
    for each in session.scalars(asked):
        word = each.result.label if each.result else "Tarefa aberta"
        tone = "good" if each.closed_at else "needs"
        yield each.subject_id or 0, Evidence(Channel.PHONE, word, tone, each.closed_at or each.opened_at)


def count_states(session: Session, run_id: int) -> Sequence[StateCount]:
    """How the reminders of a run stand, by way and state. One statement."""
    of_run = select(DunningMessage.id).where(DunningMessage.run_id == run_id)
    chat_state = case(
        (WhatsAppMessage.state == MessageState.FAILED, WhatsAppMessage.failure.cast(String)),
        else_=WhatsAppMessage.state.cast(String),
    )
    task_state = case((Task.closed_at.is_(None), literal("open")), else_=literal("closed"))
    rows = session.execute(
        union_all(
            _counted(Channel.WHATSAPP, chat_state).where(
                WhatsAppMessage.kind == REMINDER, WhatsAppMessage.subject_id.in_(of_run)
            ),
            _counted(Channel.EMAIL, MailMessage.state.cast(String)).where(
                MailMessage.kind == REMINDER, MailMessage.subject_id.in_(of_run)
            ),
            _counted(Channel.PHONE, task_state).where(
                Task.subject_type == DunningMessage.__tablename__, Task.subject_id.in_(of_run)
            ),
        )
    ).all()
    return [
        StateCount(Channel(channel), _word(Channel(channel), state), many) for channel, state, many in rows
    ]


def _counted(channel: Channel, state: ColumnElement[str]) -> Select[str, str, int]:
    return select(literal(channel.value, String), state.label("state"), func.count()).group_by(state)


def _word(channel: Channel, state: str) -> str:
    if channel is Channel.WHATSAPP:
        failures = {each.value: each.label for each in Failure}
        return failures.get(state) or MessageState(state).label
    if channel is Channel.EMAIL:
        return MAIL_WORDS[MailState(state)]
    return "Tarefa aberta" if state == "open" else "Tarefa encerrada"
