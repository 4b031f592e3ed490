"""How long what was paid covers, what follows when, also when it is late, and how far a customer is. Pure.

Periods themselves are the calculator's: `billing_period` gives time, due date and grace day of payment n.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import count
from typing import Any, NamedTuple

from calculator import BillingPeriod, BillingTerms, EqualParts, billing_period, day_in_month, month_number
from portal.catalog.rules import ServiceKind, ServiceState
from portal.contracts.rules.states import ContractState
from portal.customers.rules import CustomerSituation
from portal.quotes.rules.states import QuoteState
from portal.shared.labels import LabeledEnum

FIRST, SECOND = 1, 2
FIRST_VERSION = 1
FORECAST_MONTHS = 12
A_DAY = timedelta(days=1)


class BilledTo(LabeledEnum):
    """Who owes what a contract costs: the customer, or the partner that bills the customer itself."""

    CUSTOMER = "customer", "Cliente"
    PARTNER = "partner", "Parceiro"


class OverduePolicy(NamedTuple):
    """What follows when a kind of service is paid late.

    `counts_from_notice`: the days to the suspension count from the notice, not from the due date.
    `bills_while_suspended`: months go on being invoiced. `released_by_all`: the service returns when nothing
    that was invoiced is open, not only nothing that is late. `may_end`: the contract may be ended some time
    after the suspension.
    """

    counts_from_notice: bool
    bills_while_suspended: bool
    released_by_all: bool
    may_end: bool


OVERDUE_POLICIES = {
    ServiceKind.SUBSCRIPTION: OverduePolicy(
        counts_from_notice=False, bills_while_suspended=False, released_by_all=False, may_end=False
    ),
    ServiceKind.MENTORING: OverduePolicy(
        counts_from_notice=False, bills_while_suspended=True, released_by_all=True, may_end=False
    ),
    ServiceKind.TELECOM: OverduePolicy(
        counts_from_notice=True, bills_while_suspended=False, released_by_all=False, may_end=True
    ),
}
UNPAID = frozenset({ServiceState.SUSPENDED, ServiceState.TRUSTED})
"""A suspension runs, whether or not the service is released in trust meanwhile."""
BILLED_ALWAYS = frozenset(kind for kind, policy in OVERDUE_POLICIES.items() if policy.bills_while_suspended)


def is_billed(kind: ServiceKind, state: ServiceState) -> bool:
    """Whether further months of a service in this state are invoiced."""
    return state not in UNPAID or kind in BILLED_ALWAYS


def worst_of(states: Collection[ServiceState]) -> ServiceState:
    """Of several services' states the one that needs somebody most."""
    worst_last = list(ServiceState)
    return max(states, key=worst_last.index, default=ServiceState.CURRENT)


class Place(NamedTuple):
    """Where a contract's payments stand in its terms: payment n is the (n + `shift`)th of them, from 1.

    With a proportional first period the contract's payment 1 is the 0th, which belongs to no term. Where the
    due day changed, `earlier` says how the payments before it stood: each place holds for those below its
    number, the oldest first.
    """

    terms: BillingTerms
    shift: int
    earlier: tuple[tuple[int, "Place"], ...] = ()

    def period(self, number: int) -> BillingPeriod:
        """What payment `number` of the contract pays for, and when it is due. Raises as `billing_period`."""
        for below, place in self.earlier:
            if number < below:
                return place.period(number)
        in_terms = number + self.shift + self.terms.proportional
        return billing_period(self.terms, in_terms)._replace(number=number)


def earlier_places(rows: Sequence[Mapping[str, Any]], terms: BillingTerms) -> tuple[tuple[int, Place], ...]:
    """The places before a due day changed, as `rows_of_earlier` kept them."""

    def one(row: Mapping[str, Any]) -> Place:
        first_ends_on = row["first_ends_on"] and date.fromisoformat(row["first_ends_on"])
        counted_from = date.fromisoformat(row["counted_from"])
        earlier = terms._replace(starts_on=counted_from, due_day=row["due_day"], first_ends_on=first_ends_on)
        return Place(earlier, row["shift"])

    return tuple((row["below"], one(row)) for row in rows)


def rows_of_earlier(place: Place) -> list[dict[str, Any]]:
    """The places before this one as plain JSON."""
    return [
        {
            "below": below,
            "counted_from": earlier.terms.starts_on.isoformat(),
            "due_day": earlier.terms.due_day,
            "first_ends_on": earlier.terms.first_ends_on and earlier.terms.first_ends_on.isoformat(),
            "shift": earlier.shift,
        }
        for below, earlier in place.earlier
    ]


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


def period_with(place: Place, *, number: int, day: date, after: date) -> BillingPeriod:
    """The first period, from payment `number` on, that is not over on a day and begins after another."""
    periods = (place.period(later) for later in count(number))
    return next(period for period in periods if period.ends_on >= day and period.starts_on > after)


def due_within(due_on: date, bills_until: date | None) -> date | None:
    """When the next payment is due, or None when nothing is billed so late."""
    return due_on if bills_until is None or due_on <= bills_until else None


class ForecastLine(NamedTuple):
    """A line as it is charged, see `SubscriptionLine`; `takers` come off the price before the repasse."""

    version: int
    valid_from: date
    first_number: int
    last_number: int | None
    payments: int
    price: EqualParts
    takers: tuple[EqualParts, ...]

    def is_charged_with(self, number: int) -> bool:
        """Whether the contract's payment `number` has it."""
        return self.first_number <= number and (self.last_number is None or number <= self.last_number)

    def amounts(self, in_terms: int) -> tuple[int, int]:
        """Centavos of price and repasse in a payment, by its place in the terms."""
        price = self.price.of_payment(in_terms, self.payments)
        return price, price - sum(each.of_payment(in_terms, self.payments) for each in self.takers)


class MonthForecast(NamedTuple):
    """What will be billed in a month, by its first day, in centavos: the whole, and the partner's share."""

    first_day: date
    gross_cents: int
    repasse_cents: int


class ForecastTerms(NamedTuple):
    """How a subscription goes on: where its payments stand, from which on, and until when, if it ends."""

    place: Place
    next_number: int
    bills_until: date | None


def forecast(
    terms: ForecastTerms, lines: Sequence[ForecastLine], *, today: date
) -> tuple[MonthForecast, ...]:
    """This month and the eleven after it, if what is in force renews at the same price.

    Every payment that is not billed yet, with the lines that hold on its due date; what should have been
    billed already counts for today.
    """
    first = month_number(today)
    totals = dict.fromkeys(range(first, first + FORECAST_MONTHS), (0, 0))
    for number, due_on in _payments_to_come(terms, until=day_in_month(first + FORECAST_MONTHS, 1)):
        month = month_number(max(due_on, today))
        for price, repasse in _amounts(terms, lines, number, due_on):
            gross, share = totals[month]
            totals[month] = gross + price, share + repasse
    return tuple(MonthForecast(day_in_month(month, 1), *amounts) for month, amounts in totals.items())


def _payments_to_come(terms: ForecastTerms, *, until: date) -> Iterator[tuple[int, date]]:
    for number in count(terms.next_number):
        due_on = due_within(terms.place.period(number).due_on, terms.bills_until)
        if due_on is None or due_on >= until:
            return
        yield number, due_on


def _amounts(
    terms: ForecastTerms, lines: Sequence[ForecastLine], number: int, due_on: date
) -> Iterator[tuple[int, int]]:
    version = max((line.version for line in lines if line.valid_from <= due_on), default=FIRST_VERSION)
    for line in lines:
        if line.version == version and line.is_charged_with(number):
            yield line.amounts(number + terms.place.shift)


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
