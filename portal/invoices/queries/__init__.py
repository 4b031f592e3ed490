"""Reads of the invoices room."""

from portal.invoices.queries.books import (
    balance,
    cash_by_payment,
    find_broken_receivables,
    find_broken_sums,
    find_invoices_after_end,
    find_missing_numbers,
)
from portal.invoices.queries.reading import (
    UNKNOWN,
    find_first_invoice,
    find_open_invoice_of_contract,
    get_invoice,
    list_happenings,
    list_invoices_of_contract,
    list_of_customer,
    list_postings,
    load_invoice,
    lock_invoice,
    open_cents,
)
from portal.invoices.queries.recipients import Recipient, find_payment_link, list_recipients, people_of

__all__ = [
    "UNKNOWN",
    "Recipient",
    "balance",
    "cash_by_payment",
    "find_broken_receivables",
    "find_broken_sums",
    "find_first_invoice",
    "find_invoices_after_end",
    "find_missing_numbers",
    "find_open_invoice_of_contract",
    "find_payment_link",
    "get_invoice",
    "list_happenings",
    "list_invoices_of_contract",
    "list_of_customer",
    "list_postings",
    "list_recipients",
    "load_invoice",
    "lock_invoice",
    "open_cents",
    "people_of",
]
