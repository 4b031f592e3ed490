"""Step 2: the negotiated amount of every line."""

from collections.abc import Mapping, Sequence
from operator import add, sub

from calculator.list_prices import ListPrices
from calculator.money import divide_half_up, format_money, reais, share_out
from calculator.refusals import RefusalCode, SelectionRefused, invalid_selection, quoted
from calculator.selection import Selection


def negotiate(selection: Selection, prices: ListPrices) -> Sequence[int]:
    """The negotiated centavos of every line, in order: what the total or the lines say, else the Original.

    Raises `below_minimum`, and `invalid_selection` for a total and lines together or a line that is not
    there.
    """
    if selection.negotiated_lines is not None:
        if selection.negotiated_total is not None:
            raise invalid_selection("Negocie o total ou os itens, não os dois.", "negotiated_total")
        return _by_line(selection.negotiated_lines, prices)
    if selection.negotiated_total is not None:
        return spread_total(selection.negotiated_total, prices)
    return prices.originals


def spread_total(total: int, prices: ListPrices) -> Sequence[int]:
    """A negotiated total spread over the lines, which add up to it and stay at or above their minimums.

    Up to the Original each line gets its minimum and a share of the rest by its room (original − minimum);
    above, its original and a share of the rest by its original. Raises `below_minimum` with `minimum_total`.
    """
    original, minimum = sum(prices.originals), sum(prices.minimums)
    if total < minimum:
        message = f"O valor mínimo desta negociação é {reais(minimum)}."
        facts = {"minimum_total": format_money(minimum)}
        raise SelectionRefused(RefusalCode.BELOW_MINIMUM, message, field="negotiated_total", facts=facts)
    if total > original:
        shares = share_out(total - original, prices.originals)
        return list(map(add, prices.originals, shares))
    room = list(map(sub, prices.originals, prices.minimums))
    shares = share_out(total - minimum, room)
    return list(map(add, prices.minimums, shares))


def discount_basis_points(original: int, negotiated: int) -> int:
    """The discount below Original in hundredths of a percent, half away from zero; 0 for a free quote."""
    return divide_half_up((original - negotiated) * 10_000, original) if original else 0


def _by_line(negotiated: Mapping[str, int], prices: ListPrices) -> list[int]:
    for code in negotiated:
        if code not in prices.codes:
            raise invalid_selection(f"O item {quoted(code)} não está nesta seleção.", "negotiated_lines")
    amounts = [negotiated.get(code, high) for code, high in zip(prices.codes, prices.originals, strict=True)]
    for code, label, amount, minimum in zip(
        prices.codes, prices.labels, amounts, prices.minimums, strict=True
    ):
        if amount < minimum:
            message = f"O valor mínimo de {label} é {reais(minimum)}."
            facts = {"line": code, "minimum": format_money(minimum)}
            field = f"negotiated_lines.{code}"
            raise SelectionRefused(RefusalCode.BELOW_MINIMUM, message, field=field, facts=facts)
    return amounts
