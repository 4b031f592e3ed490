"""What is said to a card processor and what it answers: plain values, amounts in centavos."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class SetupStatus(StrEnum):
    """How far the registration of a card is."""

    WAITING = "waiting"
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"


class ChargeStatus(StrEnum):
    """What became of a charge."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    REQUIRES_ACTION = "requires_action"
    CANCELED = "canceled"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A card as the processor lets it be known; `method` is its reference."""

    method: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupOrder:
    """Register a card; `key` is ours. `customer` is how the processor calls the customer, "" when new."""

    key: str
    customer: str
    customer_key: str
    name: str
    email: str
    look_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupReport:
    """The registration of a card; `secret` lets one browser go on with it."""

    id: str
    customer: str
    secret: str
    status: SetupStatus
    card: CardFacts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOrder:
    """Charge a kept card, the customer being away. `key` is ours and names this charge for ever."""

    key: str
    customer: str
    method: str
    amount_cents: int
    currency: str
    look_first: bool
    look_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeReport:
    """A charge as the processor has it. `reason` is its code for a refusal."""

    id: str
    key: str
    status: ChargeStatus
    amount_cents: int
    currency: str
    secret: str = ""
    reason: str = ""
    paid_at: datetime | None = None


class RefundStatus(StrEnum):
    """What became of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Give back a part of a charge. `key` is ours and names this refund for ever."""

    key: str
    charge: str
    amount_cents: int
    look_first: bool
    look_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundReport:
    """A refund as the processor has it; `key` is ours, "" of one made there.

    `reason` is its code for a failure. Of an order that was not taken there is no id.
    """

    id: str
    key: str
    charge: str
    status: RefundStatus
    amount_cents: int
    reason: str = ""
