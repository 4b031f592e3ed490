"""How long what was paid covers, and how far a customer is. Pure."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

from calculator import DUE_DAY, Breakdown, next_due_on, next_payment_due_on
from portal.contracts.rules import ContractState
from portal.customers.rules import CustomerSituation
from portal.quotes.rules import QuoteState
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


class SituationStep(NamedTuple):
    """A situation, and the states of contracts and open quotes any of which puts a customer there."""

    situation: CustomerSituation
    contracts: frozenset[ContractState] = frozenset()
    quotes: frozenset[QuoteState] = frozenset()


# Of the quotes in these states a contract tells once there is one, also one that came to nothing.
BECAME_A_CONTRACT = frozenset({QuoteState.ACCEPTED, QuoteState.CONTRACTED})
# The first row that applies decides: what holds, what is under way, what was.
SITUATIONS = (
    SituationStep(CustomerSituation.ACTIVE, frozenset({ContractState.ACTIVE})),
    SituationStep(CustomerSituation.SUSPENDED, frozenset({ContractState.SUSPENDED})),
    SituationStep(CustomerSituation.ENDING, frozenset({ContractState.ENDING})),
    SituationStep(CustomerSituation.AWAITING_PAYMENT, frozenset({ContractState.AWAITING_PAYMENT})),
    SituationStep(CustomerSituation.AWAITING_SIGNATURE, frozenset({ContractState.AWAITING_SIGNATURE})),
    SituationStep(CustomerSituation.ACCEPTED, frozenset({ContractState.DRAFT}), BECAME_A_CONTRACT),
    SituationStep(CustomerSituation.SENT, quotes=frozenset({QuoteState.SENT})),
    SituationStep(CustomerSituation.PENDING_APPROVAL, quotes=frozenset({QuoteState.PENDING_APPROVAL})),
    SituationStep(
        CustomerSituation.QUOTING,
        quotes=frozenset({QuoteState.DRAFT, QuoteState.APPROVED, QuoteState.COUNTERED, QuoteState.REJECTED}),
    ),
    SituationStep(CustomerSituation.ENDED, frozenset({ContractState.ENDED})),
    SituationStep(CustomerSituation.NOT_SIGNED, frozenset({ContractState.DECLINED, ContractState.EXPIRED})),
    SituationStep(CustomerSituation.CANCELED, frozenset({ContractState.CANCELED})),
    SituationStep(CustomerSituation.DECLINED, quotes=frozenset({QuoteState.DECLINED})),
    SituationStep(CustomerSituation.EXPIRED, quotes=frozenset({QuoteState.EXPIRED})),
)


def situation_of(contracts: Collection[ContractState], quotes: Collection[QuoteState]) -> CustomerSituation:
    """How far a customer with contracts and open quotes in these states is.

    `quotes` are those that became no contract (see `BECAME_A_CONTRACT`).
    """
    for step in SITUATIONS:
        if step.contracts & set(contracts) or step.quotes & set(quotes):
            return step.situation
    return CustomerSituation.NEW
