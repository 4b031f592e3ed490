"""Reminders that people make: a call, or a message that is ready in their own WhatsApp."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.dunning.models import DunningMessage
from portal.dunning.queries.calling import list_needless_calls
from portal.dunning.rules.steps import Channel
from portal.shared.auth import Role
from portal.shared.brazil import format_money
from portal.tasks.operations import close_task, open_task
from portal.tasks.rules import TaskKind, TaskResult, end_of_day

AT_ONCE = 500
A_CALL = timedelta(minutes=30)


def ask_to_call(session: Session, message: DunningMessage, *, now: datetime) -> None:
    """A task of support about a reminder loaded with its customer and invoice; its page helps."""
    by_hand = message.channel is Channel.WHATSAPP and message.instead is not None
    what = "Mandar WhatsApp a" if by_hand else "Ligar para"
    open_task(
        session,
        key=f"dunning:{message.id}",
        kind=TaskKind.CALL,
        team=Role.SUPPORT,
        title=f"{what} {message.customer.display_name}: fatura {message.invoice.label}, "
        f"{format_money(message.open_cents)}",
        subject=message,
        due_at=end_of_day(now),
        now=now,
    )


def end_needless_calls(session: Session, *, now: datetime) -> int:
    """Close calls about what is owed no more, once nobody is on the phone about it; how many."""
    tasks = list_needless_calls(session, since=now - A_CALL, limit=AT_ONCE)
    for task in tasks:
        note = "A fatura não está mais em aberto, ou resta muito pouco dela."
        close_task(session, task=task, result=TaskResult.NOT_NEEDED, note=note, actor=None, now=now)
    return len(tasks)
