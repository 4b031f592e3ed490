"""Pages of the agreements room."""

from portal.agreements.routes import listing, making
from portal.agreements.routes.blueprint import blueprint

__all__ = ["blueprint", "listing", "making"]
