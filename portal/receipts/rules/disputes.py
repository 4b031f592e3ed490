"""Disputes: who paid asks the bank for the money back, by card or by the special return of a Pix (MED). Pure.

What is told comes twice and in any order: what was withdrawn or given again stays so, and one that is closed
is not open again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from portal.receipts.rules.receiving import PaymentSource
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict

ANSWER_WITHIN = timedelta(days=7)


class DisputeState(LabeledEnum):
    """Where a dispute stands."""

    OPEN = "open", "Contestado"
    KEPT = "kept", "Dinheiro mantido"
    LOST = "lost", "Dinheiro devolvido"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeTold:
    """A dispute as its source tells of it at an instant.

    `is_withdrawn`: the money left; `is_reinstated`: it was given again. `is_refundable`: it can be given back
    all the same, as while the bank only asks. `return_key`: what its source calls the withdrawal, where one
    has a name of its own; then the amount is what left, which may be less than what is contested.
    """

    external_id: str
    amount_cents: int
    reason: str
    state: DisputeState
    is_refundable: bool
    is_withdrawn: bool
    is_reinstated: bool
    due_at: datetime | None
    at: datetime
    return_key: str = ""

    @property
    def cause_key(self) -> str:
        """Names the money that leaves, so that it leaves once."""
        return f"dispute:{self.external_id}" + (f":{self.return_key}" if self.return_key else "")


class HeldByDispute(Conflict):
    """Nobody decides about money that is contested: it may have to go back."""

    def __init__(self) -> None:
        super().__init__(
            "Quem pagou contestou este pagamento no banco. Decida quando a contestação terminar."
        )


def state_after(known: DisputeState, told: DisputeState, *, is_newer: bool) -> DisputeState:
    """The state when something else is told: open yields to closed, closed to what closed it later."""
    if told is DisputeState.OPEN:
        return known
    return told if known is DisputeState.OPEN or is_newer else known


def task_key(source: PaymentSource, external_id: str) -> str:
    """Names the task to answer a dispute."""
    return f"dispute:{source.value}:{external_id}"
