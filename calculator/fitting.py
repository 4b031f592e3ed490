"""What stays of a selection when plan, term or price list change under it."""

from dataclasses import replace
from typing import NamedTuple

from calculator.list_prices import rate_card_for
from calculator.money import divide_half_up
from calculator.payment_methods import CARD_PAYMENT_METHODS
from calculator.price_list import PriceList
from calculator.rate_card import RateCard
from calculator.selection import Selection


class Adjustment(NamedTuple):
    """One thing that did not fit: the field of the selection and, in Portuguese, what became of it."""

    field: str
    message: str


class Fitted(NamedTuple):
    """A selection whose quantities, apps, setup and installments can be sold, and what was changed for it."""

    selection: Selection
    adjustments: tuple[Adjustment, ...]


def fit_selection(selection: Selection, price_list: PriceList) -> Fitted:
    """Keep what the selection's plan and term allow, take the rest out and say so.

    A quantity below the included ones becomes the included number without a word: nothing is lost. Negotiated
    amounts and the payment method are left alone. Raises `unknown_plan`, `unknown_term`.
    """
    card = rate_card_for(selection, price_list)
    said: list[Adjustment] = []
    fitted = replace(
        selection,
        quantities=_quantities(selection, card, said),
        apps=_apps(selection, card, price_list, said),
        installments=_installments(selection, card, said),
    )
    if selection.setup and card.plan.setup is None:
        fitted = replace(fitted, setup=False, negotiated_setup=None)
        said.append(Adjustment("setup", f"{card.plan.label} não tem valor de implantação: saiu da seleção."))
    return Fitted(fitted, tuple(said))


def carry_over(cents: int, *, original_then: int, original_now: int, minimum_now: int) -> int:
    """A negotiated amount at a changed price: the same share of the Original, never below the minimum.

    An amount negotiated of something that was free says nothing about its price: it becomes the Original.
    """
    if original_then == original_now:
        return max(cents, minimum_now)
    if original_then == 0:
        return original_now
    return max(divide_half_up(cents * original_now, original_then), minimum_now)


def _quantities(selection: Selection, card: RateCard, said: list[Adjustment]) -> dict[str, int]:
    kept = {}
    for rate in card.addons:
        wanted = selection.quantities.get(rate.code, rate.included)
        kept[rate.code] = min(max(wanted, rate.included), rate.maximum)
        if wanted > rate.maximum:
            message = f"{rate.label}: {wanted} no total passou a {rate.maximum}, máximo do {card.plan.label}."
            said.append(Adjustment(f"quantities.{rate.code}", message))
    return kept


def _apps(
    selection: Selection, card: RateCard, price_list: PriceList, said: list[Adjustment]
) -> dict[str, int]:
    kept: dict[str, int] = {}
    for code, units in selection.apps.items():
        rate = card.apps.get(code)
        if units <= 0:
            continue
        if rate is None:
            label = price_list.apps[code].label if code in price_list.apps else code[:40]
            message = f"{label} não é vendido com o plano {card.plan.label} e saiu da seleção."
            said.append(Adjustment(f"apps.{code}", message))
        elif rate.conflicts & kept.keys():
            rival = next(price_list.apps[other].label for other in kept if other in rate.conflicts)
            message = f"{rate.label} não pode ser contratado junto com {rival} e saiu da seleção."
            said.append(Adjustment(f"apps.{code}", message))
        else:
            kept[code] = min(units, rate.maximum)
    return _with_what_they_require(kept, card, price_list, said)


def _with_what_they_require(
    kept: dict[str, int], card: RateCard, price_list: PriceList, said: list[Adjustment]
) -> dict[str, int]:
    while lacking := next(
        ((code, other) for code in kept for other in card.apps[code].requires if other not in kept), None
    ):
        code, other = lacking
        del kept[code]
        message = f"{card.apps[code].label} precisa de {price_list.apps[other].label} e saiu da seleção."
        said.append(Adjustment(f"apps.{code}", message))
    return kept


def _installments(selection: Selection, card: RateCard, said: list[Adjustment]) -> int:
    if selection.payment_method not in CARD_PAYMENT_METHODS:
        return 1
    maximum = card.term.max_card_installments
    if selection.installments > maximum:
        message = f"Parcelas: {selection.installments} passou a {maximum}, máximo do prazo {card.term.label}."
        said.append(Adjustment("installments", message))
    return min(max(selection.installments, 1), maximum)
