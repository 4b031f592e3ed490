"""Step 4: who gets what of a price."""

from typing import NamedTuple

from calculator.breakdown import Breakdown
from calculator.catalog_items import Arrangement
from calculator.money import format_percent, percentage_of, reais
from calculator.price_list import PriceList
from calculator.refusals import invalid_selection, quoted


class Split(NamedTuple):
    """The parts of one price in centavos; the repasse is negative when the price does not bear its cost."""

    central_fee_cents: int
    vendor_share_cents: int
    repasse_cents: int
    partner_pays_cents: int


class WaterfallStep(NamedTuple):
    """One step of "como se chega a isto", in Portuguese.

    `part` is `monthly` or `setup`; `kind` is `start`, `minus` or `result`; `cents` is negative where it takes
    away.
    """

    part: str
    kind: str
    label: str
    cents: int
    why: str


def arrangement_for(code: str, price_list: PriceList) -> Arrangement:
    """The arrangement with the partner. Raises `invalid_selection` when the price list does not know it."""
    arrangement = price_list.arrangements.get(code)
    if arrangement is None:
        raise invalid_selection(f"A modalidade {quoted(code)} não está na tabela de preços.", "arrangement")
    return arrangement


def split_price(price: int, cost: int, arrangement: Arrangement) -> Split:
    """The parts of a price under an arrangement; the setup fee is a price whose cost is 0."""
    if arrangement.central_fee_ppm is not None:
        fee = percentage_of(price, arrangement.central_fee_ppm)
        return Split(fee, 0, price - cost - fee, 0)
    if arrangement.vendor_share_ppm is not None:
        share = percentage_of(price, arrangement.vendor_share_ppm)
        return Split(0, share, price - share, 0)
    return Split(0, 0, 0, cost)


def describe_waterfall(
    breakdown: Breakdown, price_list: PriceList, arrangement: str
) -> tuple[WaterfallStep, ...]:
    """How the repasse comes about, step by step, first of the monthly fee and then of the setup fee, if any.

    `arrangement` is the code in the selection the breakdown answers; the amounts of each part add up to its
    result.
    """
    rule = arrangement_for(arrangement, price_list)
    monthly, setup = breakdown.monthly, breakdown.setup
    split = Split(
        monthly.central_fee_cents,
        monthly.vendor_share_cents,
        monthly.repasse_cents,
        monthly.partner_pays_cents,
    )
    steps = _steps("monthly", monthly.negotiated_cents, monthly.cost_cents, split, rule)
    if setup is not None:
        split = Split(setup.central_fee_cents, setup.vendor_share_cents, setup.repasse_cents, 0)
        steps += _steps("setup", setup.negotiated_cents, 0, split, rule)
    return tuple(steps)


def _steps(part: str, price: int, cost: int, split: Split, rule: Arrangement) -> list[WaterfallStep]:
    label = "Mensalidade" if part == "monthly" else "Valor de implantação"
    if rule.partner_bills:
        return _partner_bills(part, label, price, cost)
    steps = [WaterfallStep(part, "start", label, price, "O que o cliente paga.")]
    if rule.central_fee_ppm is not None:
        if part == "monthly":
            why = "O custo dos itens na tabela de preços."
            steps.append(WaterfallStep(part, "minus", "Mensalidade paga pelo Hiperador", -cost, why))
        why = _rate_in_words(rule.central_fee_ppm, price)
        steps.append(WaterfallStep(part, "minus", "Taxa da central", -split.central_fee_cents, why))
    else:
        why = _rate_in_words(rule.vendor_share_ppm or 0, price)
        steps.append(WaterfallStep(part, "minus", "Parte do fornecedor", -split.vendor_share_cents, why))
    result = "Valor de repasse" if part == "monthly" else "Repasse da implantação"
    return [*steps, WaterfallStep(part, "result", result, split.repasse_cents, "O que sobra para você.")]


def _partner_bills(part: str, label: str, price: int, cost: int) -> list[WaterfallStep]:
    steps = [WaterfallStep(part, "start", label, price, "O que o cliente paga a você.")]
    if part == "monthly":
        why = "O custo dos itens na tabela de preços, cobrado de você."
        steps.append(WaterfallStep(part, "minus", "Mensalidade paga pelo Hiperador", -cost, why))
    why = "Você mesmo cobra o cliente: não há repasse."
    return [*steps, WaterfallStep(part, "result", "Fica com você", price - cost, why)]


def _rate_in_words(ppm: int, price: int) -> str:
    return f"{format_percent(ppm).replace('.', ',')} % de {reais(price)}, arredondado ao centavo."
