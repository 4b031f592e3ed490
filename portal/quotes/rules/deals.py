"""When an approval stays good: comparing a later version with a deal that was agreed to.

An account manager who agreed to a deal agreed to a discount on something. A later version needs no
new answer when nothing of what was weighed got worse:

- the discount on the monthly fee is not larger than the one agreed to, nor is the one on the
  setup fee; a fee counted on is still there, and a fee not seen is within the partner's
  own authority;
- what is sold is the same or more: the same plan and term, every add-on and app in at least the
  same number of units;
- it stands on the same ground: the same price list (costs and minimums) and the same arrangement
  (who collects, and what the vendor keeps).

Another plan or term is another deal, also when it is dearer: its costs and minimums are not those
he looked at. Discounts are compared exactly, as fractions of whole centavos, never as rounded
percentages: N ÷ O of the new version must be at least that of the agreed one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What of a version decides whether an approval covers it. Money in centavos a month; setup once.

    `units` are the lines of the breakdown, code → units, the plan's line among them. `setup_free_cents`
    is the lowest setup fee the partner grants alone; it matters in the later version only.
    """

    price_list_id: int
    arrangement: str
    term: str
    units: Mapping[str, int]
    original_cents: int
    negotiated_cents: int
    setup_original_cents: int | None = None
    setup_cents: int | None = None
    setup_free_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreedDeal:
    """A deal somebody with the authority agreed to, and by which approval."""

    approval_id: int
    deal: Deal


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedPrice:
    """The lowest prices an approval allows a version: negotiated ≥ approved, always (invariant M6)."""

    approval_id: int
    monthly_cents: int
    setup_cents: int | None


def is_worse_deal(agreed: Deal, later: Deal) -> bool:
    """Whether `later` asks for more, or gives less, than what was agreed to."""
    return not (
        _same_ground(agreed, later)
        and _same_or_larger(agreed.units, later.units)
        and _no_larger_discount(
            agreed.original_cents, agreed.negotiated_cents, later.original_cents, later.negotiated_cents
        )
        and _setup_no_worse(agreed, later)
    )


def price_still_approved(agreed_deals: Iterable[AgreedDeal], later: Deal) -> ApprovedPrice | None:
    """The approved price `later` inherits from the first agreed deal that covers it, None if none does.

    It is the price the agreed discount gives on the later Original, rounded up to a centavo.
    """
    for agreed in agreed_deals:
        if not is_worse_deal(agreed.deal, later):
            return ApprovedPrice(
                approval_id=agreed.approval_id,
                monthly_cents=price_at_same_discount(
                    agreed.deal.original_cents, agreed.deal.negotiated_cents, later.original_cents
                ),
                setup_cents=_approved_setup(agreed.deal, later),
            )
    return None


def price_at_same_discount(original: int, negotiated: int, new_original: int) -> int:
    """The price that lies as far below `new_original` as `negotiated` below `original`, rounded up."""
    return -(-negotiated * new_original // original) if original else new_original


def _same_ground(agreed: Deal, later: Deal) -> bool:
    return (
        agreed.price_list_id == later.price_list_id
        and agreed.arrangement == later.arrangement
        and agreed.term == later.term
    )


def _same_or_larger(agreed: Mapping[str, int], later: Mapping[str, int]) -> bool:
    return all(later.get(code, 0) >= units for code, units in agreed.items())


def _no_larger_discount(original: int, negotiated: int, later_original: int, later_negotiated: int) -> bool:
    return later_negotiated >= price_at_same_discount(original, negotiated, later_original)


def _setup_no_worse(agreed: Deal, later: Deal) -> bool:
    if later.setup_cents is None:
        return agreed.setup_cents is None
    if agreed.setup_cents is None:
        return later.setup_cents >= (later.setup_free_cents or 0)
    return _no_larger_discount(
        agreed.setup_original_cents or 0,
        agreed.setup_cents,
        later.setup_original_cents or 0,
        later.setup_cents,
    )


def _approved_setup(agreed: Deal, later: Deal) -> int | None:
    if later.setup_cents is None:
        return None
    if agreed.setup_cents is None:
        return later.setup_free_cents or 0
    return price_at_same_discount(
        agreed.setup_original_cents or 0, agreed.setup_cents, later.setup_original_cents or 0
    )
