"""The answer to a selection: every figure of a quote, in centavos, ready to be frozen.

The values are named tuples: immutable, comparable and quick to make. `breakdown_json` writes and reads them.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple


class Line(NamedTuple):
    """One line of the quote; amounts are per month and for all its units."""

    code: str
    label: str
    quantity: int
    original_cents: int
    minimum_cents: int
    negotiated_cents: int
    cost_cents: int


class Monthly(NamedTuple):
    """The monthly totals and who gets what of them.

    `discount_basis_points` is the discount below Original in hundredths of a percent, negative for a
    surcharge. `partner_pays_cents` is what the partner pays when it bills the customer itself.
    """

    original_cents: int
    minimum_cents: int
    negotiated_cents: int
    discount_basis_points: int
    cost_cents: int
    central_fee_cents: int
    vendor_share_cents: int
    repasse_cents: int
    partner_pays_cents: int


class Approval(NamedTuple):
    """Whether the account manager is needed, and the lowest monthly total that does without."""

    required: bool
    free_down_to_cents: int


@dataclass(frozen=True, slots=True)
class SetupFee:
    """The setup fee, charged once with the first payment.

    `free_down_to_cents` is the lowest fee the partner may grant alone. It is not part of the JSON form, nor
    of what makes two fees equal: `None` in a breakdown read back from JSON.
    """

    original_cents: int
    minimum_cents: int
    negotiated_cents: int
    central_fee_cents: int
    vendor_share_cents: int
    repasse_cents: int
    free_down_to_cents: int | None = field(default=None, compare=False)

    @property
    def approval_required(self) -> bool | None:
        """Whether the fee alone needs the account manager; `None` when read back from JSON."""
        return None if self.free_down_to_cents is None else self.negotiated_cents < self.free_down_to_cents


class TermTotal(NamedTuple):
    """What the customer pays for the whole term, the setup fee apart."""

    code: str
    months: int
    total_cents: int


class Payment(NamedTuple):
    """One payment of the term; once made, the service is covered to the end of `covers_until`."""

    number: int
    due_on: date
    method: str
    amount_cents: int
    setup_cents: int
    covers_until: date

    @property
    def total_cents(self) -> int:
        """What is charged: the installment and, in the first one, the setup fee."""
        return self.amount_cents + self.setup_cents


class Breakdown(NamedTuple):
    """The whole answer of `price_quote`."""

    lines: tuple[Line, ...]
    monthly: Monthly
    approval: Approval
    setup: SetupFee | None
    term: TermTotal
    payments: tuple[Payment, ...]
    next_term_due_on: date
