"""Pages of the checkout room."""

from portal.checkout.routes import invoice_page, papers, receipts
from portal.checkout.routes.blueprint import blueprint

__all__ = ["blueprint", "invoice_page", "papers", "receipts"]
