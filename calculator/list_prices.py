"""Step 1: the lines of a quote at list price.

The plan; each add-on with units above the included ones; each app with units, all in the price list's order.
"""

from collections.abc import Mapping
from typing import NamedTuple

from calculator.price_list import PriceList
from calculator.rate_card import AddonRate, AppRate, RateCard, Row
from calculator.refusals import RefusalCode, SelectionRefused, invalid_selection, quoted
from calculator.selection import Selection


class ListPrices(NamedTuple):
    """The lines in columns, one entry a line; amounts in centavos per month for all units of the line."""

    codes: tuple[str, ...]
    labels: tuple[str, ...]
    quantities: tuple[int, ...]
    originals: tuple[int, ...]
    minimums: tuple[int, ...]
    costs: tuple[int, ...]


def rate_card_for(selection: Selection, price_list: PriceList) -> RateCard:
    """The rate card of the plan and term chosen. Raises `unknown_plan`, `unknown_term`."""
    card = price_list.rate_cards.get((selection.plan, selection.term))
    if card is not None:
        return card
    if selection.plan not in price_list.plans:
        message = (
            f"O plano {quoted(selection.plan)} não está na tabela de preços. {_choose(price_list.plans)}"
        )
        raise SelectionRefused(RefusalCode.UNKNOWN_PLAN, message, field="plan")
    message = f"O prazo {quoted(selection.term)} não está na tabela de preços. {_choose(price_list.terms)}"
    raise SelectionRefused(RefusalCode.UNKNOWN_TERM, message, field="term")


def list_prices(selection: Selection, card: RateCard, price_list: PriceList) -> ListPrices:
    """The lines of the selection at list price.

    Raises `invalid_selection` for a quantity the list does not know, `quantity_out_of_range`, `unknown_app`,
    `app_not_sold_with_plan`, `app_requires`, `app_excludes`.
    """
    rows = [card.plan_row]
    if selection.quantities:
        _add_addons(rows, selection.quantities, card)
    if selection.apps:
        _add_apps(rows, selection.apps, card, price_list)
    return ListPrices(*zip(*rows, strict=True))


def _add_addons(rows: list[Row], quantities: Mapping[str, int], card: RateCard) -> None:
    if not quantities.keys() <= card.addon_codes:
        unknown = next(code for code in quantities if code not in card.addon_codes)
        known = ", ".join(rate.code for rate in card.addons)
        raise invalid_selection(
            f"A quantidade {quoted(unknown)} não existe nesta tabela. Use: {known}.", "quantities"
        )
    for rate in card.addons:
        code, line_code, label, included, maximum, original, minimum, cost = rate
        wanted = quantities.get(code, included)
        if wanted != included:
            if not included < wanted <= maximum:
                raise _quantity_out_of_range(rate, card)
            units = wanted - included
            rows.append((line_code, label, units, units * original, units * minimum, units * cost))


def _add_apps(rows: list[Row], apps: Mapping[str, int], card: RateCard, price_list: PriceList) -> None:
    for rate in _chosen_apps(apps, card, price_list):
        _, code, requires, conflicts, line_code, label, maximum, original, minimum, cost = rate
        units = apps[code]
        if not 0 < units <= maximum:
            raise _units_out_of_range(rate)
        for other in requires:
            if not apps.get(other):
                raise _requires(rate, price_list.apps[other].label)
        if conflicts:
            for other in apps:
                if other in conflicts and apps[other]:
                    raise _excludes(rate, price_list.apps[other].label)
        rows.append((line_code, label, units, units * original, units * minimum, units * cost))


def _chosen_apps(apps: Mapping[str, int], card: RateCard, price_list: PriceList) -> list[AppRate]:
    chosen = []
    for code, units in apps.items():
        rate = card.apps.get(code)
        if rate is None:
            _refuse_missing_app(code, units, card, price_list)
        elif units:
            chosen.append(rate)
    chosen.sort()  # by their position, the first entry of a rate
    return chosen


def _refuse_missing_app(code: str, units: int, card: RateCard, price_list: PriceList) -> None:
    app = price_list.apps.get(code)
    if app is None:
        message = f"O aplicativo {quoted(code)} não está na tabela de preços. Retire-o."
        raise SelectionRefused(RefusalCode.UNKNOWN_APP, message, field="apps")
    if units:
        message = f"{app.label} não é vendido com o plano {card.plan.label}. Retire-o ou troque de plano."
        raise SelectionRefused(RefusalCode.APP_NOT_SOLD_WITH_PLAN, message, field=f"apps.{code}")


def _quantity_out_of_range(rate: AddonRate, card: RateCard) -> SelectionRefused:
    if rate.included == rate.maximum:
        allowed = f"tem sempre {rate.included}, sem adicionais"
    else:
        allowed = f"vai de {rate.included} a {rate.maximum} no total"
    message = f"{rate.label}: no plano {card.plan.label}, {allowed}."
    return SelectionRefused(RefusalCode.QUANTITY_OUT_OF_RANGE, message, field=f"quantities.{rate.code}")


def _units_out_of_range(rate: AppRate) -> SelectionRefused:
    message = f"{rate.label}: escolha de 0 a {rate.maximum}."
    return SelectionRefused(RefusalCode.QUANTITY_OUT_OF_RANGE, message, field=f"apps.{rate.code}")


def _requires(rate: AppRate, other: str) -> SelectionRefused:
    message = f"{rate.label} precisa de {other}. Adicione os dois ou retire {rate.label}."
    return SelectionRefused(RefusalCode.APP_REQUIRES, message, field=f"apps.{rate.code}")


def _excludes(rate: AppRate, other: str) -> SelectionRefused:
    message = f"{rate.label} e {other} não podem ser contratados juntos. Escolha um dos dois."
    return SelectionRefused(RefusalCode.APP_EXCLUDES, message, field=f"apps.{rate.code}")


def _choose(codes: Mapping[str, object]) -> str:
    return f"Escolha entre: {', '.join(codes)}."
