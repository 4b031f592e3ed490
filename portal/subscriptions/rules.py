"""How long what was paid covers, and how far a customer is. Pure.

Periods themselves are the calculator's: `billing_period` gives time, due date and grace day of payment n.
"""

from collections.abc import Collection
from datetime import date
from typing import NamedTuple

from portal.contracts.rules.states import ContractState
from portal.customers.rules import CustomerSituation
from portal.quotes.rules.states import QuoteState
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
