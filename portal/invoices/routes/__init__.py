"""Pages of the invoices room."""

from portal.invoices.routes import (
    bad_debts,
    billing,
    credit_notes,
    detail,
    due_day,
    forecast,
    free_months,
    listing,
    of_customer,
    reissuing,
)
from portal.invoices.routes.blueprint import blueprint

__all__ = [
    "bad_debts",
    "billing",
    "blueprint",
    "credit_notes",
    "detail",
    "due_day",
    "forecast",
    "free_months",
    "listing",
    "of_customer",
    "reissuing",
]
