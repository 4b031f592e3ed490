"""Line by line: what a payment charges, and what of it becomes the partner's repasse once it is made.

Amounts are centavos. A term's amounts are split over its payments so that nothing is lost: over the lines
they add up to the payment, over the payments to the term.
"""

from collections.abc import Sequence
from typing import NamedTuple

from calculator.breakdown import Breakdown, Line, Monthly
from calculator.money import divide_half_up, share_out

SETUP = "setup"
SETUP_LABEL = "Implantação"


class ChargedLine(NamedTuple):
    """One line of an invoice."""

    code: str
    label: str
    quantity: int
    amount_cents: int


class AccruedLine(NamedTuple):
    """One line of a payment with its waterfall: the other four add up to `amount_cents`.

    `cost_cents` is the part that pays the vendor's price, 0 where the partner's share does not bear it. The
    repasse is negative where a price does not bear its cost.
    """

    code: str
    label: str
    quantity: int
    amount_cents: int
    cost_cents: int
    central_fee_cents: int
    vendor_share_cents: int
    repasse_cents: int


class EqualParts(NamedTuple):
    """A total over the payments of a term, as four integers: enough to know each part without the others.

    Each part is `part_cents`; `spare` payments one after the other are a centavo more, beginning after the
    first `dealt`, and again from the first payment when the last is reached.
    """

    total_cents: int
    part_cents: int
    spare: int
    dealt: int

    def of_payment(self, number: int, count: int) -> int:
        """The part of payment `number` of `count`."""
        return self.part_cents + ((number - 1 - self.dealt) % count < self.spare)


class TermLine(NamedTuple):
    """One line over all payments of a term: what is charged, and what comes off it before the repasse."""

    code: str
    label: str
    quantity: int
    price: EqualParts
    cost: EqualParts
    central_fee: EqualParts
    vendor_share: EqualParts

    @property
    def repasse_cents(self) -> int:
        """What is left for the partner of the whole term."""
        taken = self.cost.total_cents + self.central_fee.total_cents + self.vendor_share.total_cents
        return self.price.total_cents - taken


def term_lines(breakdown: Breakdown) -> tuple[TermLine, ...]:
    """The lines of a term paid by the customer, without the setup fee: the integers of `accrue_repasse`."""
    return _over_the_term(breakdown, _monthly_columns(breakdown))


def partner_term_lines(breakdown: Breakdown) -> tuple[TermLine, ...]:
    """The lines of a term paid by a partner that bills the customer itself: all of it is cost."""
    costs = [line.cost_cents for line in breakdown.lines]
    nothing = [0] * len(costs)
    return _over_the_term(breakdown, (costs, costs, nothing, nothing))


def charged_lines(
    breakdown: Breakdown, *, payment_number: int, with_setup: bool = True
) -> tuple[ChargedLine, ...]:
    """What payment `payment_number` of the term charges the customer, the setup fee with the first one.

    Adds up to the payment's `total_cents`. Later terms, and one that follows a proportional first period,
    go without the setup fee, which was charged before. Raises `ValueError` when the term has no such payment.
    """
    amounts = _part_of_term(breakdown, [line.negotiated_cents for line in breakdown.lines], payment_number)
    lines = [_charged(line, cents) for line, cents in zip(breakdown.lines, amounts, strict=True)]
    if payment_number == 1 and with_setup and breakdown.setup is not None:
        lines.append(ChargedLine(SETUP, SETUP_LABEL, 1, breakdown.setup.negotiated_cents))
    return tuple(lines)


def partner_charged_lines(breakdown: Breakdown, *, payment_number: int) -> tuple[ChargedLine, ...]:
    """What payment `payment_number` charges a partner that bills the customer itself: the cost of each line.

    All payments together are `partner_pays_cents` for each month of the term. The setup fee bears no cost.
    Raises `ValueError` when the term has no such payment.
    """
    amounts = _part_of_term(breakdown, [line.cost_cents for line in breakdown.lines], payment_number)
    return tuple(_charged(line, cents) for line, cents in zip(breakdown.lines, amounts, strict=True))


def first_period_lines(breakdown: Breakdown, *, amount_cents: int) -> tuple[ChargedLine, ...]:
    """A proportional first period of `amount_cents`, by the lines' prices, and the setup fee."""
    amounts = share_out(amount_cents, [line.negotiated_cents for line in breakdown.lines])
    lines = [_charged(line, cents) for line, cents in zip(breakdown.lines, amounts, strict=True)]
    if breakdown.setup is not None:
        lines.append(ChargedLine(SETUP, SETUP_LABEL, 1, breakdown.setup.negotiated_cents))
    return tuple(lines)


def accrue_repasse(
    breakdown: Breakdown, *, payment_number: int, with_setup: bool = True
) -> tuple[AccruedLine, ...]:
    """The repasse of payment `payment_number`, line by line with its waterfall (step 4).

    The payments of the term together give `months` times the monthly waterfall, to the centavo, and the setup
    fee once, with the first (not `with_setup`: it came before, see `charged_lines`). Empty where the partner
    bills the customer: there is no repasse. Raises `ValueError` when the term has no such payment.
    """
    if _partner_bills(breakdown.monthly):
        return ()
    columns = [_part_of_term(breakdown, column, payment_number) for column in _monthly_columns(breakdown)]
    setup = _setup_line(breakdown) if payment_number == 1 and with_setup else ()
    return _accrued(breakdown.lines, columns) + setup


def accrue_first_period(
    breakdown: Breakdown, *, amount_cents: int, with_setup: bool = True
) -> tuple[AccruedLine, ...]:
    """The repasse of a part of a month of `amount_cents`, and of the setup fee where it is the first.

    Cost and fees are the same part of a month's as the amount is, rounded half up once and shared out over
    the lines like the price. Empty where the partner bills the customer.
    """
    if _partner_bills(breakdown.monthly):
        return ()
    columns = _shared(_monthly_columns(breakdown), amount_cents)
    return _accrued(breakdown.lines, columns) + (_setup_line(breakdown) if with_setup else ())


def accrue_lines(lines: Sequence[TermLine], *, payment_number: int, payments: int) -> tuple[AccruedLine, ...]:
    """The repasse of payment `payment_number` of the `payments` of a term whose lines are known."""
    return _accrued(
        lines,
        [[parts.of_payment(payment_number, payments) for parts in column] for column in _columns_of(lines)],
    )


def accrue_part_of_month(lines: Sequence[TermLine], *, amount_cents: int) -> tuple[AccruedLine, ...]:
    """As `accrue_first_period`, of lines that are known."""
    columns = [[parts.total_cents for parts in column] for column in _columns_of(lines)]
    return _accrued(lines, _shared(columns, amount_cents))


def accrue_difference(
    old: Breakdown, new: Breakdown, *, amount_cents: int, code: str, label: str
) -> tuple[AccruedLine, ...]:
    """The repasse of an amendment's difference of `amount_cents` (see `amendment_difference`).

    The difference is split as the two monthly waterfalls differ, each part rounded half up. A setup fee of
    the amendment has a line of its own. Empty where the partner bills the customer.
    """
    if _partner_bills(new.monthly):
        return ()
    before, after = (_totals(breakdown) for breakdown in (old, new))
    price, cost, fee, share = (later - earlier for earlier, later in zip(before, after, strict=True))
    cost, fee, share = (
        divide_half_up(part * amount_cents, price) if price > 0 else 0 for part in (cost, fee, share)
    )
    line = AccruedLine(code, label, 1, amount_cents, cost, fee, share, amount_cents - cost - fee - share)
    return ((line,) if amount_cents else ()) + _setup_line(new)


def equal_parts_together(totals: Sequence[int], count: int, number: int) -> list[int]:
    """Part `number` of `count` of each total, the parts of all totals being equal together too.

    Each total's parts differ by a centavo at most. Spare centavos are dealt out like cards, each total going
    on where the one before stopped, so that the sums over all totals are the equal parts of the whole, the
    larger ones first.
    """
    return [parts.of_payment(number, count) for parts in deal_out(totals, count)]


def deal_out(totals: Sequence[int], count: int) -> list[EqualParts]:
    """Each total over `count` payments, as `equal_parts_together` deals them."""
    dealt, parts = 0, []
    for total in totals:
        part, spare = divmod(total, count)
        parts.append(EqualParts(total, part, spare, dealt))
        dealt = (dealt + spare) % count
    return parts


def _over_the_term(breakdown: Breakdown, monthly: Sequence[Sequence[int]]) -> tuple[TermLine, ...]:
    months, count = breakdown.term.months, len(breakdown.payments)
    columns = [deal_out([cents * months for cents in column], count) for column in monthly]
    return tuple(
        TermLine(line.code, line.label, line.quantity, *parts)
        for line, *parts in zip(breakdown.lines, *columns, strict=True)
    )


def _part_of_term(breakdown: Breakdown, monthly: Sequence[int], number: int) -> list[int]:
    count = len(breakdown.payments)
    if not 1 <= number <= count:
        raise ValueError(f"the term has no payment {number}")
    return equal_parts_together([cents * breakdown.term.months for cents in monthly], count, number)


def _monthly_columns(breakdown: Breakdown) -> tuple[list[int], list[int], list[int], list[int]]:
    """Price, cost, central fee and vendor's share of each line and month."""
    monthly = breakdown.monthly
    prices = [line.negotiated_cents for line in breakdown.lines]
    costs = [line.cost_cents if _bears_cost(monthly) else 0 for line in breakdown.lines]
    fees = share_out(monthly.central_fee_cents, prices)
    return prices, costs, fees, share_out(monthly.vendor_share_cents, prices)


def _columns_of(lines: Sequence[TermLine]) -> tuple[list[EqualParts], ...]:
    """Price, cost, central fee and vendor's share of each line over its term."""
    return (
        [line.price for line in lines],
        [line.cost for line in lines],
        [line.central_fee for line in lines],
        [line.vendor_share for line in lines],
    )


def _shared(columns: Sequence[Sequence[int]], amount_cents: int) -> list[list[int]]:
    """The columns of a part of a month that costs so much: what comes off it is the same part."""
    prices, *takers = columns
    whole = sum(prices)
    shared = [share_out(amount_cents, prices)]
    for taker in takers:
        part = divide_half_up(sum(taker) * amount_cents, whole) if whole else 0
        shared.append(share_out(part, taker))
    return shared


def _totals(breakdown: Breakdown) -> tuple[int, ...]:
    return tuple(sum(column) for column in _monthly_columns(breakdown))


def _left_for_cost(monthly: Monthly) -> int:
    """What the waterfall takes from the price besides fee and share: the cost, or nothing."""
    taken = monthly.central_fee_cents + monthly.vendor_share_cents
    return monthly.negotiated_cents - taken - monthly.repasse_cents


def _bears_cost(monthly: Monthly) -> bool:
    return _left_for_cost(monthly) == monthly.cost_cents


def _partner_bills(monthly: Monthly) -> bool:
    """Whether no waterfall holds: the price goes to the partner, who pays the cost."""
    return monthly.partner_pays_cents > 0 or _left_for_cost(monthly) not in (0, monthly.cost_cents)


def _charged(line: Line, cents: int) -> ChargedLine:
    return ChargedLine(line.code, line.label, line.quantity, cents)


def _accrued(
    lines: Sequence[Line] | Sequence[TermLine], columns: Sequence[Sequence[int]]
) -> tuple[AccruedLine, ...]:
    return tuple(
        AccruedLine(line.code, line.label, line.quantity, price, cost, fee, share, price - cost - fee - share)
        for line, price, cost, fee, share in zip(lines, *columns, strict=True)
    )


def _setup_line(breakdown: Breakdown) -> tuple[AccruedLine, ...]:
    setup = breakdown.setup
    if setup is None:
        return ()
    return (
        AccruedLine(
            SETUP,
            SETUP_LABEL,
            1,
            setup.negotiated_cents,
            0,
            setup.central_fee_cents,
            setup.vendor_share_cents,
            setup.repasse_cents,
        ),
    )
