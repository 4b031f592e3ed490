"""Pages of the payouts room."""

from portal.payouts.routes import accruals, checking, closing, items, statements
from portal.payouts.routes.blueprint import blueprint

__all__ = ["accruals", "blueprint", "checking", "closing", "items", "statements"]
