"""The setup fee: what it costs at list price, what was negotiated, and its own approval and waterfall."""

from collections.abc import Mapping

from calculator.approval import free_down_to
from calculator.breakdown import SetupFee
from calculator.catalog_items import Arrangement, Plan, SetupPrice, Tier
from calculator.money import format_money, reais
from calculator.refusals import RefusalCode, SelectionRefused, invalid_selection
from calculator.selection import Selection
from calculator.waterfall import split_price


def setup_fee(selection: Selection, plan: Plan, arrangement: Arrangement, tier: Tier) -> SetupFee | None:
    """The setup fee, `None` when it is not charged.

    Raises `below_minimum` with `minimum_setup`, and `invalid_selection` for a fee negotiated but not charged
    or a plan without one.
    """
    if not selection.setup:
        if selection.negotiated_setup is not None:
            raise invalid_selection(
                "Retire o valor de implantação negociado ou inclua a implantação.", "negotiated_setup"
            )
        return None
    if plan.setup is None:
        raise invalid_selection(f"O plano {plan.label} não tem valor de implantação.", "setup")
    extra = _extra_cents(plan.setup, plan.included, selection.quantities)
    original, minimum = plan.setup.original_cents + extra, plan.setup.minimum_cents + extra
    negotiated = original if selection.negotiated_setup is None else selection.negotiated_setup
    if negotiated < minimum:
        message = f"O valor mínimo da implantação é {reais(minimum)}."
        facts = {"minimum_setup": format_money(minimum)}
        raise SelectionRefused(RefusalCode.BELOW_MINIMUM, message, field="negotiated_setup", facts=facts)
    split = split_price(negotiated, 0, arrangement)
    return SetupFee(
        original_cents=original,
        minimum_cents=minimum,
        negotiated_cents=negotiated,
        central_fee_cents=split.central_fee_cents,
        vendor_share_cents=split.vendor_share_cents,
        repasse_cents=split.repasse_cents,
        free_down_to_cents=free_down_to(original, minimum, tier.authority_ppm),
    )


def _extra_cents(setup: SetupPrice, included: Mapping[str, int], quantities: Mapping[str, int]) -> int:
    extra = 0
    for code, cents in setup.per_extra_cents.items():
        if code in quantities:
            extra += (quantities[code] - included[code]) * cents
    return extra
