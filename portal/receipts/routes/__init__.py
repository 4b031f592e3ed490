"""Pages of the receipts room."""

from portal.receipts.routes import exports, finance, partner_credit, refunds, ted_doubts
from portal.receipts.routes.blueprint import blueprint

__all__ = ["blueprint", "exports", "finance", "partner_credit", "refunds", "ted_doubts"]
