"""Tables of the receipts room, split by noun."""

from portal.receipts.models import credit_use, income_sum, payment, returning, ted

__all__ = ["credit_use", "income_sum", "payment", "returning", "ted"]
