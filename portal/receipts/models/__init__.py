"""Tables of the receipts room, split by noun."""

from portal.receipts.models import payment, ted

__all__ = ["payment", "ted"]
