"""How long what was paid covers. Pure."""

from datetime import date, timedelta

from calculator import DUE_DAY, Breakdown, next_due_on, next_payment_due_on
from portal.shared.brazil import format_date


def proportional_cover(*, starts_on: date, paid_days: int, due_day: int = DUE_DAY) -> date:
    """The last day covered by a first period paid by the day, counted from the day the service began.

    It reaches the first due date after the start, so that who pays on that day is never without service.
    When the service begins later than planned, the due date is the first that leaves no fewer days than
    were paid.
    """
    return next_due_on(starts_on + timedelta(days=max(paid_days, 1) - 1), due_day)


def next_due_of(breakdown: Breakdown, *, covers_from: date, covers_until: date) -> date:
    """When the payment after a contract's first falls due: never after the day its coverage ends."""
    return min(next_payment_due_on(breakdown, starts_on=covers_from), covers_until)


def state_words(released_until: date | None, today: date, *, next_due_day: date | None = None) -> str:
    """What people read of a coverage: "Liberado até 31/07/2026, próximo vencimento 15/07/2026"."""
    if released_until is None:
        return "Ainda não liberado"
    day = format_date(released_until)
    if released_until < today:
        return f"Esteve liberado até {day}"
    due = f", próximo vencimento {format_date(next_due_day)}" if next_due_day else ""
    return f"Liberado até {day}{due}"


def step_tone(released_until: date | None, today: date) -> str:
    """The tone of these words: good while released, needing somebody once it is over."""
    if released_until is None:
        return "neutral"
    return "good" if released_until >= today else "needs"
