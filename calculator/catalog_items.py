"""What a price list sells and on which conditions: small read-only values with their labels in Portuguese."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple


class Price(NamedTuple):
    """One unit's price per month in one term, in centavos: cost ≤ minimum ≤ original."""

    original_cents: int
    minimum_cents: int
    cost_cents: int


FREE = Price(0, 0, 0)
DEFAULT_KIND = "subscription"
KINDS = {DEFAULT_KIND: "Assinatura", "mentoring": "Mentoria", "telecom": "Telecom"}


@dataclass(frozen=True, slots=True)
class Term:
    """How long a contract is paid for at once."""

    code: str
    label: str
    months: int
    max_card_installments: int


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Who collects, and what is kept of the price before the repasse.

    At most one of the two rates is set. With neither, the partner bills the customer and pays the cost.
    """

    code: str
    label: str
    central_fee_ppm: int | None
    vendor_share_ppm: int | None

    @property
    def partner_bills(self) -> bool:
        """Whether the partner itself bills the customer, so that there is no repasse."""
        return self.central_fee_ppm is None and self.vendor_share_ppm is None


@dataclass(frozen=True, slots=True)
class Tier:
    """A partner's rank; `authority_ppm` is the discount below Original it may grant alone."""

    code: str
    label: str
    authority_ppm: int


@dataclass(frozen=True, slots=True)
class SetupPrice:
    """The setup fee of a plan; each unit above the included ones adds the same to original and minimum."""

    original_cents: int
    minimum_cents: int
    per_extra_cents: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan; `included` and `maximum` are totals by quantity code, `prices` by term code.

    `kind`, one of `KINDS`, is what sort of service it is: when it is late, that decides what follows.
    """

    code: str
    label: str
    included: Mapping[str, int]
    maximum: Mapping[str, int]
    prices: Mapping[str, Price]
    setup: SetupPrice | None
    kind: str = DEFAULT_KIND


@dataclass(frozen=True, slots=True)
class Addon:
    """Units above the included ones; `prices` by plan code, then by term code."""

    code: str
    label: str
    prices: Mapping[str, Mapping[str, Price]]


@dataclass(frozen=True, slots=True)
class App:
    """An app; `plans` are those it is sold with, `requires` and `excludes` are codes of other apps."""

    code: str
    label: str
    plans: tuple[str, ...]
    maximum: int
    requires: tuple[str, ...]
    excludes: tuple[str, ...]
    free: bool
    prices: Mapping[str, Price]
