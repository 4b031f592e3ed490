"""What a payment keeps of the line of a return that told of it. Pure."""

from datetime import date, datetime
from functools import lru_cache
from typing import Any

from portal.banking.rules.return_reading import Occurrence
from portal.receipts.rules.receiving import COLLECTED
from portal.shared.clock import at_sao_paulo


def paid_at_of(one: Occurrence) -> datetime:
    """When a line says it was paid: noon of its day, for banks tell no hour."""
    return _noon(one.on)


@lru_cache(maxsize=100)
def _noon(day: date) -> datetime:
    return at_sao_paulo(day, 12)


def facts_of(one: Occurrence) -> dict[str, Any]:
    """What a payment keeps of its line."""
    return {
        "our_number": one.number,
        "credited_on": one.credited_on.isoformat(),
        "paid_at_bank": one.paid_at_bank,
        "occurrence": one.code,
        COLLECTED: one.late_cents,
    }
