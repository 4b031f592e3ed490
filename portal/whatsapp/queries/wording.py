"""What a message says, asked of the room that wanted it when it leaves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from portal.shared.questions import Question
from portal.whatsapp.models import WhatsAppMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """A template by its name and what fills it; or, `is_needed` False, that it is said no more."""

    template: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    button: str = ""
    is_needed: bool = True


@dataclass(frozen=True, slots=True)
class WordingOf(Question[Wording | None]):
    """How a message reads now; None from a room whose kind it is not. May raise TryLater: not now."""

    message: WhatsAppMessage
    now: datetime
