"""Pages of the invoices room."""

from portal.invoices.routes import billing, detail, listing, of_customer
from portal.invoices.routes.blueprint import blueprint

__all__ = ["billing", "blueprint", "detail", "listing", "of_customer"]
