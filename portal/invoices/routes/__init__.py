"""Pages of the invoices room."""

from portal.invoices.routes import detail, of_customer
from portal.invoices.routes.blueprint import blueprint

__all__ = ["blueprint", "detail", "of_customer"]
