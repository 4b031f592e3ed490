"""What happened in the whatsapp room."""

from dataclasses import dataclass
from datetime import datetime

from portal.whatsapp.rules.messages import Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatsAppFailed:
    """A message reached nobody and is not tried again. Told once, in the transaction that found it."""

    message_id: int
    kind: str
    subject_id: int
    failure: Failure
    now: datetime
