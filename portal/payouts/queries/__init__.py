"""Reads of the payouts room."""

from portal.payouts.queries.books import find_broken_accruals, find_broken_cash, find_broken_logs
from portal.payouts.queries.reading import (
    accruals_for,
    expected_lines,
    list_accruals,
    list_months,
    list_partners,
    totals_for,
)

__all__ = [
    "accruals_for",
    "expected_lines",
    "find_broken_accruals",
    "find_broken_cash",
    "find_broken_logs",
    "list_accruals",
    "list_months",
    "list_partners",
    "totals_for",
]
