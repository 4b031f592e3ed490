"""Reads of the coverage ledger."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.queries import breakdown_of
from portal.contracts.queries.coverage import PaidUntil
from portal.contracts.queries.progress import StepsAfterPayment
from portal.contracts.rules import CAME_TO_NOTHING, ContractKind, Step
from portal.shared.clock import day_of
from portal.subscriptions.models import Coverage
from portal.subscriptions.rules import next_due_of, state_words, step_tone


def released_until(session: Session, contract_id: int) -> date | None:
    """The last day a contract's service is paid for; None before its first coverage."""
    return session.scalar(select(func.max(Coverage.covers_until)).where(Coverage.contract_id == contract_id))


def paid_until(session: Session, asked: PaidUntil) -> date | None:
    """As `released_until`, for the contract's own page."""
    return released_until(session, asked.contract_id)


def list_coverages(session: Session, contract_id: int) -> Sequence[Coverage]:
    """The coverage rows of a contract, in their order."""
    return session.scalars(
        select(Coverage).where(Coverage.contract_id == contract_id).order_by(Coverage.number)
    ).all()


def coverage_steps(session: Session, asked: StepsAfterPayment) -> Sequence[Step]:
    """Where the paid time of a loaded contract stands, for the steps of its page.

    None when it came to nothing. The next due date stands beside while only the first payment is made.
    """
    contract, now = asked.contract, asked.now
    if contract.state in CAME_TO_NOTHING:
        return ()
    rows = list_coverages(session, contract.id)
    until = rows[-1].covers_until if rows else None
    due = None
    if len(rows) == 1 and contract.kind is not ContractKind.AMENDMENT:
        first = rows[0]
        due = next_due_of(
            breakdown_of(contract), covers_from=first.covers_from, covers_until=first.covers_until
        )
    step = Step(
        title="Liberação",
        state_words=state_words(until, day_of(now), next_due_day=due),
        since=rows[-1].created_at if rows else None,
        tone=step_tone(until, day_of(now)),
    )
    return (step,)
