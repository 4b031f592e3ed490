"""What the portal asks of whoever keeps and charges cards. Amounts are centavos; no card number passes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CardsUnavailable(Exception):
    """Away, slow or busy. Whether the call took effect is not known: look before it is made again."""


class CardsRefused(Exception):
    """The processor does not take this call as it is: wrong keys, or a fault of ours."""


class ForgedNotice(Exception):
    """Not from the processor, too old, or meant for another account or mode."""


class SetupStatus(StrEnum):
    """How far the taking of a card is."""

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
    """Take a card; `key` is ours. `customer` is the processor's name for him, "" when it knows none."""

    key: str
    customer: str
    customer_key: str
    name: str
    email: str
    look_first: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupReport:
    """The taking of a card; `secret` lets one browser go on with it."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something happened at the processor to one of its objects; `key` is ours, where the object bears it."""

    id: str
    kind: str
    object_id: str
    key: str
    at: datetime


class CardGateway(Protocol):
    """A card processor. Every call may raise CardsUnavailable or CardsRefused."""

    def prepare_setup(self, order: SetupOrder) -> SetupReport:
        """Be ready to take a card; the same order twice makes one."""

    def get_setup(self, setup_id: str) -> SetupReport:
        """How far it is, and the card once there is one."""

    def charge(self, order: ChargeOrder) -> ChargeReport | None:
        """Charge once, however often it is asked; None when it was only to look and there is none."""

    def get_charge(self, charge_id: str) -> ChargeReport:
        """What became of a charge."""

    def cancel_charge(self, charge_id: str) -> ChargeReport:
        """Give up a charge that waits for the customer; one that went through stays so and says it."""

    def list_succeeded(self, *, since: datetime) -> Iterable[ChargeReport]:
        """Every charge that went through after an instant."""

    def read_notice(self, payload: bytes, signature: str) -> Notice:
        """What the processor tells us by a webhook.

        Raises:
            ForgedNotice: nothing of it may be believed.
        """
