"""What the customer saves by a longer term."""

from dataclasses import replace
from typing import NamedTuple

from calculator.catalog_items import Term
from calculator.list_prices import list_prices, rate_card_for
from calculator.negotiation import discount_basis_points
from calculator.price_list import PriceList
from calculator.selection import Selection


class TermSaving(NamedTuple):
    """One term beside the shortest one, for the same selection at Original.

    `saved_basis_points` is the saving in hundredths of a percent of the shortest term's price. A saving is
    negative where the longer term costs more.
    """

    term: Term
    monthly_cents: int
    term_total_cents: int
    saved_per_month_cents: int
    saved_in_term_cents: int
    saved_basis_points: int


def term_savings(selection: Selection, price_list: PriceList) -> tuple[TermSaving, ...]:
    """Every term of the list, in its order, against the one with the fewest months.

    Raises `SelectionRefused` when the selection's quantities or apps cannot be sold.
    """
    monthly = {code: _original(replace(selection, term=code), price_list) for code in price_list.terms}
    shortest = min(price_list.terms.values(), key=lambda term: term.months)
    baseline = monthly[shortest.code]
    return tuple(
        TermSaving(
            term=term,
            monthly_cents=monthly[term.code],
            term_total_cents=monthly[term.code] * term.months,
            saved_per_month_cents=baseline - monthly[term.code],
            saved_in_term_cents=(baseline - monthly[term.code]) * term.months,
            saved_basis_points=discount_basis_points(baseline, monthly[term.code]),
        )
        for term in price_list.terms.values()
    )


def _original(selection: Selection, price_list: PriceList) -> int:
    card = rate_card_for(selection, price_list)
    return sum(list_prices(selection, card, price_list).originals)
