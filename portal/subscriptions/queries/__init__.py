"""Reads of the subscriptions room."""

from portal.subscriptions.queries.coverage import (
    coverage_steps,
    find_broken_coverages,
    is_proportional,
    list_coverages,
    paid_time,
    released_until,
    terms_of,
)
from portal.subscriptions.queries.standing import CustomerStandings, standings_on

__all__ = [
    "CustomerStandings",
    "coverage_steps",
    "find_broken_coverages",
    "is_proportional",
    "list_coverages",
    "paid_time",
    "released_until",
    "standings_on",
    "terms_of",
]
