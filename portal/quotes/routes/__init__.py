"""Pages of the quotes room."""

from portal.quotes.routes import approvals, builder, detail, listing, proposals
from portal.quotes.routes.blueprint import blueprint

__all__ = ["approvals", "blueprint", "builder", "detail", "listing", "proposals"]
