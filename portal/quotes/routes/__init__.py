"""Pages of the quotes room."""

from portal.quotes.routes import approvals, builder, detail, listing, of_customer, proposals
from portal.quotes.routes.blueprint import blueprint

__all__ = ["approvals", "blueprint", "builder", "detail", "listing", "of_customer", "proposals"]
