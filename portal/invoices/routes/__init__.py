"""Pages of the invoices room."""

from portal.invoices.routes import billing, detail, forecast, listing, of_customer
from portal.invoices.routes.blueprint import blueprint

__all__ = ["billing", "blueprint", "detail", "forecast", "listing", "of_customer"]
