"""Pages of the payments room."""

from portal.payments.routes import cards, charges, invoice_page
from portal.payments.routes.blueprint import blueprint

__all__ = ["blueprint", "cards", "charges", "invoice_page"]
