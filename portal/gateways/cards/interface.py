"""What the portal asks of a card processor. No card number passes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from portal.gateways.cards.messages import (
    ChargeOrder,
    ChargeReport,
    RefundOrder,
    RefundReport,
    SetupOrder,
    SetupReport,
)


class CardsUnavailable(Exception):
    """Away, slow or busy. Whether the call took effect is not known: look before it is made again."""


class CardsRefused(Exception):
    """The processor does not take this call as it is: wrong keys, or a fault of ours."""


class ForgedNotice(Exception):
    """Not from the processor, too old, or meant for another account or mode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFacts:
    """A dispute as a notice of it says, in the processor's words for `reason` and `status`.

    `moved_cents` are what it moved on our balance there: negative what was withdrawn.
    """

    amount_cents: int
    currency: str
    reason: str
    status: str
    is_refundable: bool
    due_at: datetime | None
    moved_cents: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something happened at the processor to one of its objects; `key` is ours, where the object bears it.

    `charge` is the charge the object is of, where it says so; `dispute` stands in notices of one.
    """

    id: str
    kind: str
    object_id: str
    key: str
    at: datetime
    charge: str = ""
    dispute: DisputeFacts | None = None


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

    def refund(self, order: RefundOrder) -> RefundReport | None:
        """Give back once, however often it is asked, and never more than the processor lets go back.

        None when it was only to look and there is none.
        """

    def list_refunds(self, charge_id: str) -> Iterable[RefundReport]:
        """Every refund of a charge, whoever made it."""

    def read_notice(self, payload: bytes, signature: str) -> Notice:
        """What the processor tells us by a webhook.

        Raises:
            ForgedNotice: nothing of it may be believed.
        """
