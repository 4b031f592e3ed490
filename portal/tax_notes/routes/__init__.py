"""Pages of the tax_notes room."""

from portal.tax_notes.routes import detail, listing, of_customer
from portal.tax_notes.routes.blueprint import blueprint

__all__ = ["blueprint", "detail", "listing", "of_customer"]
