"""Reads of the subscriptions room."""

from portal.subscriptions.queries.coverage import coverage_steps, list_coverages, paid_until, released_until
from portal.subscriptions.queries.standing import CustomerStandings, standings_on

__all__ = [
    "CustomerStandings",
    "coverage_steps",
    "list_coverages",
    "paid_until",
    "released_until",
    "standings_on",
]
