"""What went back of the money of an invoice: asked of rooms downstream, which know payments."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from portal.shared.questions import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyBack:
    """Money that went back, or is on its way (`is_done` False), in centavos, and of which payment."""

    at: datetime
    what: str
    cents: int
    is_done: bool
    payment_id: int


@dataclass(frozen=True, slots=True)
class MoneyBackOf(Question[Sequence[MoneyBack]]):
    """What goes and went back of an invoice, in order."""

    invoice_id: int
