"""Step 3: how far down a partner may go alone."""

from typing import NamedTuple

from calculator.breakdown import Breakdown
from calculator.catalog_items import Tier
from calculator.money import PPM
from calculator.price_list import PriceList
from calculator.refusals import invalid_selection, quoted


class ApprovalReason(NamedTuple):
    """One price below the partner's authority; `part` is `monthly` or `setup`."""

    part: str
    label: str
    negotiated_cents: int
    free_down_to_cents: int


def tier_for(code: str, price_list: PriceList) -> Tier:
    """The partner's tier. Raises `invalid_selection` when the price list does not know it."""
    tier = price_list.tiers.get(code)
    if tier is None:
        raise invalid_selection(f"A faixa {quoted(code)} não está na tabela de preços.", "tier")
    return tier


def free_down_to(original: int, minimum: int, authority_ppm: int) -> int:
    """The lowest price that needs no approval: the larger of the minimum and Original less the authority.

    Original less the authority is rounded up to a centavo: never a centavo more discount than granted.
    """
    return max(minimum, -(-original * (PPM - authority_ppm) // PPM))


def approval_reasons(breakdown: Breakdown) -> tuple[ApprovalReason, ...]:
    """Why the account manager is needed, empty when nobody is. For a breakdown fresh from `price_quote`."""
    reasons = []
    monthly, limit = breakdown.monthly.negotiated_cents, breakdown.approval.free_down_to_cents
    if monthly < limit:
        reasons.append(ApprovalReason("monthly", "Mensalidade", monthly, limit))
    setup = breakdown.setup
    if setup is not None and setup.free_down_to_cents is not None and setup.approval_required:
        reasons.append(
            ApprovalReason("setup", "Implantação", setup.negotiated_cents, setup.free_down_to_cents)
        )
    return tuple(reasons)
