"""Tables of the receipts room, split by noun."""

from portal.receipts.models import credit_use, dispute, payment, refund, returning, ted

__all__ = ["credit_use", "dispute", "payment", "refund", "returning", "ted"]
