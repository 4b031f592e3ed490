"""How long what was paid covers, what follows when, and how far a customer is. Pure.

Periods themselves are the calculator's: `billing_period` gives time, due date and grace day of payment n.
"""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import count
from typing import NamedTuple

from calculator import BillingPeriod, BillingTerms, billing_period, day_in_month, month_number
from portal.contracts.rules.states import ContractState
from portal.customers.rules import CustomerSituation
from portal.quotes.rules.states import QuoteState
from portal.shared.labels import LabeledEnum

FIRST, SECOND = 1, 2
FIRST_VERSION = 1
A_DAY = timedelta(days=1)


class BilledTo(LabeledEnum):
    """Who owes what a contract costs: the customer, or the partner that bills the customer itself."""

    CUSTOMER = "customer", "Cliente"
    PARTNER = "partner", "Parceiro"


class Place(NamedTuple):
    """Where a contract's payments stand in its terms: payment n is the (n + `shift`)th of them, from 1.

    With a proportional first period the contract's payment 1 is the 0th, which belongs to no term.
    """

    terms: BillingTerms
    shift: int

    def period(self, number: int) -> BillingPeriod:
        """What payment `number` of the contract pays for, and when it is due. Raises as `billing_period`."""
        in_terms = number + self.shift + self.terms.proportional
        return billing_period(self.terms, in_terms)._replace(number=number)


def place_of_first(terms: BillingTerms) -> Place:
    """The place of a contract that begins its own terms."""
    return Place(terms, -1 if terms.proportional else 0)


def place_after(base: Place, *, number: int, months: int, payments: int) -> Place:
    """The place of an amendment whose payment 2 is payment `number`, from 2, of the contract it changes.

    It goes on in the same periods. With another term or other installments, terms of its own begin where that
    payment's period does, on the same due day.
    """
    due_day = base.terms.due_day
    if (months, payments) == (base.terms.months, base.terms.payments):
        return Place(base.terms, base.shift + number - 2)
    covered_until = base.period(number).starts_on - A_DAY
    if base.terms.proportional:
        terms = BillingTerms(
            covered_until, months, payments, due_day, proportional=True, first_ends_on=covered_until
        )
        return place_of_first(terms)
    # A term of which nothing is billed ends with what is covered; the next begins with payment 2.
    anchor = day_in_month(month_number(covered_until) - months, 1)
    return Place(BillingTerms(anchor, months, payments, due_day), payments - 1)


def first_due_from(place: Place, *, number: int, day: date) -> int:
    """The first payment, from `number` on, that falls due on a day or later."""
    return next(later for later in count(number) if place.period(later).due_on >= day)


def due_within(due_on: date, bills_until: date | None) -> date | None:
    """When the next payment is due, or None when nothing is billed so late."""
    return due_on if bills_until is None or due_on <= bills_until else None


class SituationStep(NamedTuple):
    """A situation, and the states of contracts and open quotes any of which puts a customer there."""

    situation: CustomerSituation
    contracts: frozenset[ContractState] = frozenset()
    quotes: frozenset[QuoteState] = frozenset()


# Of the quotes in these states a contract tells once there is one, also one that was dropped.
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
