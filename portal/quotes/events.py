"""Facts of the quotes room that other rooms react to."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteAccepted:
    """The customer accepted one alternative; the others of the proposal are void."""

    quote_id: int
    version_id: int
    proposal_id: int
    customer_id: int
    partner_id: int
    at: datetime
