"""Reads of the subscriptions room."""

from portal.subscriptions.queries.coverage import (
    coverage_steps,
    find_broken_coverages,
    is_proportional,
    list_coverages,
    paid_time,
    released_until,
)
from portal.subscriptions.queries.reading import (
    find_subscription,
    find_unbilled_contracts,
    get_subscription,
    lines_of_payment,
)
from portal.subscriptions.queries.standing import CustomerStandings, standings_on

__all__ = [
    "CustomerStandings",
    "coverage_steps",
    "find_broken_coverages",
    "find_subscription",
    "find_unbilled_contracts",
    "get_subscription",
    "is_proportional",
    "lines_of_payment",
    "list_coverages",
    "paid_time",
    "released_until",
    "standings_on",
]
