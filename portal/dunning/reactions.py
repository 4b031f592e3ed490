"""What the dunning room does after what happened elsewhere."""

from sqlalchemy.orm import Session

from portal.dunning.operations.by_whatsapp import fall_back
from portal.dunning.operations.desk import ask_to_send_otherwise
from portal.dunning.rules.ways import INVOICE, REMINDER
from portal.whatsapp.events import WhatsAppFailed


def go_another_way(session: Session, event: WhatsAppFailed) -> None:
    """What WhatsApp did not bring goes another way: a reminder by itself, an invoice by who promised it."""
    if event.kind == REMINDER:
        fall_back(session, event.subject_id, now=event.now)
    elif event.kind == INVOICE:
        ask_to_send_otherwise(
            session, event.subject_id, message_id=event.message_id, why=event.failure.label, now=event.now
        )
