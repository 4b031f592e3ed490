"""Pages of the payments room."""

from portal.payments.routes import (
    bank_files,
    cards,
    charges,
    exports,
    finance,
    invoice_page,
    receipts,
    sandbox_bank,
)
from portal.payments.routes.blueprint import blueprint

__all__ = [
    "bank_files",
    "blueprint",
    "cards",
    "charges",
    "exports",
    "finance",
    "invoice_page",
    "receipts",
    "sandbox_bank",
]
