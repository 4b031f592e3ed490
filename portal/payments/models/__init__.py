"""Tables of the payments room, split by noun."""

from portal.payments.models.payment import CustomerCredit, ParkedPayment, Payment

__all__ = ["CustomerCredit", "ParkedPayment", "Payment"]
