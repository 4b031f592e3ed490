"""Facts of the receipts room that other rooms react to."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditUsed:
    """Credit of its payer paid a part of an invoice, or all of it; `open_cents` are left."""

    invoice_id: int
    open_cents: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundAsked:
    """Money is to be given back by the processor or the bank; `way` is a `PaymentSource`'s value."""

    refund_id: int
    way: str
    at: datetime
