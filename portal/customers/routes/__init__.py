"""Pages of the customers room."""

from portal.customers.routes import editing, importing, listing, record
from portal.customers.routes.blueprint import blueprint

__all__ = ["blueprint", "editing", "importing", "listing", "record"]
