"""Reads of the invoices room."""

from portal.invoices.queries.books import (
    balance,
    cash_by_payment,
    find_broken_receivables,
    find_broken_sums,
    find_missing_numbers,
)
from portal.invoices.queries.reading import (
    UNKNOWN,
    find_first_invoice,
    find_open_invoice_of_contract,
    get_invoice,
    list_invoices_of_contract,
    list_of_customer,
    list_postings,
    load_invoice,
    lock_contract,
    lock_invoice,
    open_cents,
)

__all__ = [
    "UNKNOWN",
    "balance",
    "cash_by_payment",
    "find_broken_receivables",
    "find_broken_sums",
    "find_first_invoice",
    "find_missing_numbers",
    "find_open_invoice_of_contract",
    "get_invoice",
    "list_invoices_of_contract",
    "list_of_customer",
    "list_postings",
    "load_invoice",
    "lock_contract",
    "lock_invoice",
    "open_cents",
]
