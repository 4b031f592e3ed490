"""Pages of the cancellations room."""

from portal.cancellations.routes import case, listing, numbers, opening, receipt
from portal.cancellations.routes.blueprint import blueprint

__all__ = ["blueprint", "case", "listing", "numbers", "opening", "receipt"]
