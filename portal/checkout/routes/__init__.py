"""Pages of the checkout room."""

from portal.checkout.routes import invoice_page, receipts
from portal.checkout.routes.blueprint import blueprint

__all__ = ["blueprint", "invoice_page", "receipts"]
