"""Tables of the receipts room, split by noun."""

from portal.receipts.models import credit_use, payment, returning, ted, ted_credit

__all__ = ["credit_use", "payment", "returning", "ted", "ted_credit"]
