"""Tables of the receipts room, split by noun."""

from portal.receipts.models import (
    credit_use,
    dispute,
    income_sum,
    payment,
    refund,
    returning,
    ted,
    ted_credit,
)

__all__ = ["credit_use", "dispute", "income_sum", "payment", "refund", "returning", "ted", "ted_credit"]
