"""A request should be answered on its day: what is open in the evening alarms support."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.cancellations.queries.cases import list_silent_chats, list_unalarmed
from portal.cancellations.rules.cases import CHAT_SILENCE, alarm_key, silence_key
from portal.shared.auth import Role
from portal.shared.brazil import format_phone
from portal.shared.clock import day_of
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

AT_ONCE = 500
ANSWER_WITHIN = timedelta(hours=1)
CALL_WITHIN = timedelta(minutes=10)


def alarm_open_cases(session: Session, *, now: datetime) -> int:
    """One task a case and day; says how many, `AT_ONCE` when more may wait."""
    today = day_of(now)
    cases = list_unalarmed(session, today=today, now=now, limit=AT_ONCE)
    for case in cases:
        open_task(
            session,
            key=alarm_key(case.id, today),
            kind=TaskKind.CANCELLATION,
            team=Role.SUPPORT,
            title=f"Cancelamento {case.protocol} ainda sem desfecho às 18h",
            detail=case.words,
            subject=case,
            due_at=now + ANSWER_WITHIN,
            now=now,
        )
    return len(cases)


def call_silent_customers(session: Session, *, now: datetime) -> int:
    """One task to call for each chat that a customer stopped answering; says how many, as above."""
    silent = list_silent_chats(session, since=now - CHAT_SILENCE, limit=AT_ONCE)
    for case, said in silent:
        phone = case.customer.phone
        open_task(
            session,
            key=silence_key(said.id),
            kind=TaskKind.CALL,
            team=Role.SUPPORT,
            title=f"Ligar para {case.customer.display_name}: parou de responder no chat",
            detail=f"Telefone: {format_phone(phone) if phone else 'não cadastrado'}. "
            f"Última mensagem no chat: {said.words}",
            subject=case,
            due_at=now + CALL_WITHIN,
            now=now,
        )
    return len(silent)
