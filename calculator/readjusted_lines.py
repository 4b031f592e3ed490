"""What a running contract is charged after a readjustment, and who gets what of it."""

from collections.abc import Sequence
from typing import NamedTuple

from calculator.accrual import TermLine, deal_out
from calculator.catalog_items import Arrangement
from calculator.money import share_out
from calculator.readjustment import readjust_lines
from calculator.waterfall import split_price


class MonthlyLine(NamedTuple):
    """One line as it is charged now: price and cost of a month, in centavos.

    `cost_cents` is 0 where the partner's share does not bear the cost.
    """

    code: str
    label: str
    quantity: int
    price_cents: int
    cost_cents: int


class ReadjustedTerm(NamedTuple):
    """The lines of a term after a readjustment; `monthly_cents` and `repasse_cents` are of one month."""

    lines: tuple[TermLine, ...]
    monthly_cents: int
    repasse_cents: int


def readjusted_term(
    lines: Sequence[MonthlyLine],
    *,
    index_basis_points: int,
    arrangement: Arrangement,
    months: int,
    payments: int,
) -> ReadjustedTerm:
    """Every line risen by the index, together to the centavo what the whole rises to.

    The cost stays: the index is of what the customer pays. Fee or share are the arrangement's percentage of
    the new price, and what is left is the repasse. A negative index changes nothing.
    """
    prices = readjust_lines([line.price_cents for line in lines], index_basis_points=index_basis_points)
    costs = [line.cost_cents for line in lines]
    split = split_price(sum(prices), sum(costs), arrangement)
    fees = share_out(split.central_fee_cents, prices)
    shares = share_out(split.vendor_share_cents, prices)
    columns = [
        deal_out([cents * months for cents in column], payments) for column in (prices, costs, fees, shares)
    ]
    of_term = tuple(
        TermLine(line.code, line.label, line.quantity, *parts)
        for line, *parts in zip(lines, *columns, strict=True)
    )
    return ReadjustedTerm(of_term, sum(prices), split.repasse_cents)
