"""Pages of the receipts room."""

from portal.receipts.routes import exports, finance, refunds, ted_doubts
from portal.receipts.routes.blueprint import blueprint

__all__ = ["blueprint", "exports", "finance", "refunds", "ted_doubts"]
