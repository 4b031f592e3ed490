"""The price that gives a wanted repasse."""

from bisect import bisect_left
from typing import NamedTuple

from calculator.list_prices import list_prices, rate_card_for
from calculator.money import MAX_CENTS, reais
from calculator.price_list import PriceList
from calculator.selection import Selection
from calculator.waterfall import arrangement_for, split_price


class PriceForRepasse(NamedTuple):
    """The smallest monthly total that gives at least the repasse wanted, and the repasse it really gives."""

    negotiated_total_cents: int
    repasse_cents: int


class RepasseUnreachable(NamedTuple):
    """No price gives the repasse wanted; `message` says why, in Portuguese."""

    message: str


def solve_total_for_repasse(
    selection: Selection, price_list: PriceList, repasse_cents: int
) -> PriceForRepasse | RepasseUnreachable:
    """The smallest negotiated total, from the minimum up, whose repasse is at least the one wanted.

    What the selection itself negotiated does not matter. Raises `SelectionRefused` for a selection that
    cannot be priced. The repasse never falls when the price rises (a percentage takes at most the centavo
    added), so the first total that is enough is found by halving.
    """
    card = rate_card_for(selection, price_list)
    arrangement = arrangement_for(selection.arrangement, price_list)
    prices = list_prices(selection, card, price_list)
    if arrangement.partner_bills:
        return RepasseUnreachable(
            f"Na modalidade {arrangement.label} você mesmo cobra o cliente: não há repasse."
        )
    minimum, cost = sum(prices.minimums), sum(prices.costs)

    def repasse(total: int) -> int:
        return split_price(total, cost, arrangement).repasse_cents

    if repasse(MAX_CENTS) < repasse_cents:
        return RepasseUnreachable(
            f"Nenhum preço dá um repasse de {reais(repasse_cents)} na modalidade {arrangement.label}."
        )
    total = bisect_left(range(MAX_CENTS), repasse_cents, lo=minimum, key=repasse)
    return PriceForRepasse(total, repasse(total))
