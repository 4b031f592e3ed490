"""Pages of the contracts room."""

from portal.contracts.routes import changing, detail, listing, passing_on, templates
from portal.contracts.routes.blueprint import blueprint

__all__ = ["blueprint", "changing", "detail", "listing", "passing_on", "templates"]
