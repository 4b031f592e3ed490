"""What a contract's page says of its paid time."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from portal.contracts.pages.progress import StepsAfterPayment
from portal.contracts.rules.progress import Step
from portal.contracts.rules.states import NEVER_ACTIVE
from portal.shared.brazil import format_date
from portal.shared.clock import day_of
from portal.subscriptions.queries.coverage import list_coverages, paid_time_by


def coverage_steps(session: Session, asked: StepsAfterPayment) -> Sequence[Step]:
    """Where the paid time of a loaded contract stands, for the steps of its page.

    None when it was dropped. The next due date stands beside.
    """
    contract, now = asked.contract, asked.now
    if contract.state in NEVER_ACTIVE:
        return ()
    rows = list_coverages(session, contract.id)
    paid = paid_time_by(contract, rows)
    until = paid.released_until if paid else None
    words = _state_words(until, day_of(now), next_due_day=paid.next_due_on if paid else None)
    if paid is not None and paid.paused_from and paid.paused_until and paid.is_paused(day_of(now)):
        words += f", em pausa de {format_date(paid.paused_from)} a {format_date(paid.paused_until)}"
    step = Step(
        title="Liberação",
        state_words=words,
        since=rows[-1].created_at if rows else None,
        tone=_step_tone(until, day_of(now)),
    )
    return (step,)


def _state_words(released_until: date | None, today: date, *, next_due_day: date | None = None) -> str:
    """What people read of a coverage: "Liberado até 31/07/2026, próximo vencimento 15/07/2026"."""
    if released_until is None:
        return "Ainda não liberado"
    day = format_date(released_until)
    if released_until < today:
        return f"Esteve liberado até {day}"
    due = f", próximo vencimento {format_date(next_due_day)}" if next_due_day else ""
    return f"Liberado até {day}{due}"


def _step_tone(released_until: date | None, today: date) -> str:
    """The tone of these words: good while released, needing somebody once it is over."""
    if released_until is None:
        return "neutral"
    return "good" if released_until >= today else "needs"
