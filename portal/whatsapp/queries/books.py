"""What must be true of all messages and no constraint can hold."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.whatsapp.models import WhatsAppMessage
from portal.whatsapp.rules.messages import MessageState

LONGEST_UNKNOWN = timedelta(hours=24)


def find_old_unknowns(session: Session, *, now: datetime) -> Sequence[int]:
    """Messages handed over more than a day ago of which nobody knows what became (S6)."""
    doubtful = WhatsAppMessage.state.in_((MessageState.CALLING, MessageState.UNKNOWN))
    asked = select(WhatsAppMessage.id).where(doubtful, WhatsAppMessage.asked_at < now - LONGEST_UNKNOWN)
    return session.scalars(asked.order_by(WhatsAppMessage.id)).all()
