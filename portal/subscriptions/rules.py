"""How long what was paid covers. Pure.

Periods themselves are the calculator's: `billing_period` gives time, due date and grace day of payment n.
"""

from datetime import date

from portal.shared.brazil import format_date

FIRST = 1


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
