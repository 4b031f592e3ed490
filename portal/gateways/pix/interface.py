"""What is asked of the bank about a Pix that came in, and what it answers. Amounts in centavos."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class PixUnavailable(Exception):
    """Away, slow or busy. Whether the call took effect is not known; again by the same key it is harmless."""


class PixReturnStatus(StrEnum):
    """What became of a return."""

    PROCESSING = "processing"
    RETURNED = "returned"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True, kw_only=True)
class PixReturnOrder:
    """Give back a part of the Pix of this end-to-end id. `key` is ours, at most 35 letters and figures."""

    end_to_end_id: str
    key: str
    amount_cents: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PixReturnReport:
    """A return as the bank has it; `reference` is the bank's name for it, `reason` why it was not made."""

    status: PixReturnStatus
    reference: str = ""
    reason: str = ""


class PixGateway(Protocol):
    """A bank's Pix interface. The call may raise PixUnavailable."""

    def give_back(self, order: PixReturnOrder) -> PixReturnReport:
        """Ask for a return, or how the one of this key is: the same order twice makes one."""
