"""Whether a customer was reminded today: the room that knows stands downstream."""

from dataclasses import dataclass
from datetime import date

from portal.shared.questions import Question


@dataclass(frozen=True, slots=True)
class RemindedToday(Question[bool]):
    """Whether a reminder reached a customer on this day, or is a call to be made."""

    customer_id: int
    today: date
