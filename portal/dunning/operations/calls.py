"""Reminders that people make: a call, or a message that is ready in their own WhatsApp."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.dunning.models import DunningMessage
from portal.dunning.rules.steps import Channel
from portal.shared.auth import Role
from portal.shared.brazil import format_money
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind, end_of_day


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
