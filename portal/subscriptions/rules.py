"""How long what was paid covers. Pure."""

from datetime import date, timedelta

from calculator import DUE_DAY, next_due_on


def proportional_cover(*, starts_on: date, paid_days: int, due_day: int = DUE_DAY) -> date:
    """The last day covered by a first period paid by the day, counted from the day the service began.

    It reaches the first due date after the start, so that who pays on that day is never without service.
    When the service begins later than planned, the due date is the first that leaves no fewer days than
    were paid.
    """
    return next_due_on(starts_on + timedelta(days=max(paid_days, 1) - 1), due_day)


def state_words(released_until: date | None, today: date) -> str:
    """What people read of a coverage: "Liberado até 31/07/2026"."""
    if released_until is None:
        return "Ainda não liberado"
    day = f"{released_until:%d/%m/%Y}"
    return f"Liberado até {day}" if released_until >= today else f"Esteve liberado até {day}"


def step_tone(released_until: date | None, today: date) -> str:
    """The tone of these words: good while released, needing somebody once it is over."""
    if released_until is None:
        return "neutral"
    return "good" if released_until >= today else "needs"
