"""Reads of the subscriptions room."""

from portal.subscriptions.queries.coverage import coverage_steps, list_coverages, released_until
from portal.subscriptions.queries.standing import CustomerStandings

__all__ = ["CustomerStandings", "coverage_steps", "list_coverages", "released_until"]
