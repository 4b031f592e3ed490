"""What a payment charges line by line, and the repasse that accrues with it."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculator import (
    AccruedLine,
    Breakdown,
    accrue_difference,
    accrue_first_period,
    accrue_repasse,
    charged_lines,
    first_period_lines,
    parse_selection,
    partner_charged_lines,
    price_quote,
)
from calculator.accrual import equal_parts_together
from tests.calculator.samples import quote
from tests.calculator.strategies import Case, cases

TWO_LINES = {"quantities": {"user": 3}, "negotiated_lines": {"plan:gestao": "187.81", "addon:user": "18.21"}}


def priced(case: Case) -> Breakdown:
    return price_quote(parse_selection(case.selection), case.price_list)


def numbers(breakdown: Breakdown) -> range:
    return range(1, len(breakdown.payments) + 1)


def taken(line: AccruedLine) -> int:
    """What the waterfall makes of a line, all together."""
    return sum(figures(line)[1:])


def figures(line: AccruedLine) -> list[int]:
    """What was paid for a line, and the four parts that is made of."""
    parts = [line.cost_cents, line.central_fee_cents, line.vendor_share_cents, line.repasse_cents]
    return [line.amount_cents, *parts]


def shares(total: int, weights: list[int]) -> list[int]:
    """Largest remainders, ties to the earlier, by fractions."""
    if not sum(weights):
        return [total] + [0] * (len(weights) - 1)
    exact = [Fraction(total * weight, sum(weights)) for weight in weights]
    parts = [floor(each) for each in exact]
    order = sorted(range(len(weights)), key=lambda at: (parts[at] - exact[at], at))
    for at in order[: total - sum(parts)]:
        parts[at] += 1
    return parts


class TestARepasse:
    def test_of_a_monthly_payment_is_the_waterfall_of_each_line(self) -> None:
        # 6.74 % of 206.02 is 13.885748: 13.89, shared 12.66 (of 187.81: 12.6622) and 1.23 (of 18.21: 1.2278).
        plan, users = accrue_repasse(quote(**TWO_LINES), payment_number=1)
        assert (plan.amount_cents, plan.cost_cents, plan.central_fee_cents) == (18781, 8500, 1266)
        assert plan.repasse_cents == 18781 - 8500 - 1266
        assert (users.code, users.amount_cents, users.central_fee_cents) == ("addon:user", 1821, 123)

    def test_of_the_setup_fee_comes_with_the_first_payment_and_bears_no_cost(self) -> None:
        breakdown = quote(term="annual", payment_method="card", installments=3, setup=True)
        setup = accrue_repasse(breakdown, payment_number=1)[-1]
        assert setup[:2] == ("setup", "Implantação")
        assert (setup.amount_cents, setup.cost_cents, setup.central_fee_cents) == (49000, 0, 3303)
        assert "setup" not in {line.code for line in accrue_repasse(breakdown, payment_number=2)}

    def test_of_the_setup_fee_does_not_come_again_with_the_next_term(self) -> None:
        breakdown = quote(setup=True)
        (line,) = accrue_repasse(breakdown, payment_number=1, with_setup=False)
        assert (line.code, line.amount_cents) == ("plan:gestao", 19990)
        (charged,) = charged_lines(breakdown, payment_number=1, with_setup=False)
        assert (charged.code, charged.amount_cents) == ("plan:gestao", 19990)

    def test_of_leads_takes_the_vendors_share_and_no_cost(self) -> None:
        (line,) = accrue_repasse(quote(arrangement="central_leads"), payment_number=1)
        # 55 % of 199.90 is 109.945: half up.
        assert (line.cost_cents, line.vendor_share_cents, line.repasse_cents) == (0, 10995, 8995)

    def test_is_none_where_the_partner_bills_the_customer(self) -> None:
        breakdown = quote(arrangement="hiperador", setup=True)
        assert accrue_repasse(breakdown, payment_number=1) == ()
        assert accrue_first_period(breakdown, amount_cents=5000) == ()

    def test_of_a_payment_the_term_does_not_have_is_refused(self) -> None:
        for number in (0, 2):
            with pytest.raises(ValueError, match="no payment"):
                accrue_repasse(quote(), payment_number=number)

    @given(cases())
    def test_adds_up_over_the_lines_to_each_payment_and_over_the_payments_to_the_term(
        self, case: Case
    ) -> None:
        breakdown = priced(case)
        rows = [accrue_repasse(breakdown, payment_number=number) for number in numbers(breakdown)]
        arrangement = case.data["arrangements"][case.selection["arrangement"]]
        if "central_fee_percent" not in arrangement and "vendor_share_percent" not in arrangement:
            assert rows == [()] * len(rows) or breakdown.monthly.negotiated_cents == 0
            return
        for row, payment in zip(rows, breakdown.payments, strict=True):
            assert sum(line.amount_cents for line in row) == payment.total_cents
            for part in row:
                assert part.amount_cents == taken(part)
                least = min(part.cost_cents, part.central_fee_cents, part.vendor_share_cents)
                assert min(part.amount_cents, least) >= 0
        monthly, months = breakdown.monthly, breakdown.term.months
        bears = "central_fee_percent" in arrangement
        prices = [line.negotiated_cents for line in breakdown.lines]
        fees = shares(monthly.central_fee_cents, prices)
        vendors = shares(monthly.vendor_share_cents, prices)
        for at, line in enumerate(breakdown.lines):
            cost = line.cost_cents if bears else 0
            whole = [sum(column) for column in zip(*(figures(row[at]) for row in rows), strict=True)]
            left = prices[at] - cost - fees[at] - vendors[at]
            assert whole == [months * part for part in (prices[at], cost, fees[at], vendors[at], left)]
        assert sum(line.repasse_cents for row in rows for line in row) == monthly.repasse_cents * months

    @given(cases())
    def test_of_a_line_is_spread_evenly(self, case: Case) -> None:
        breakdown = priced(case)
        count = len(breakdown.payments)
        for number in numbers(breakdown):
            for line, charged in zip(
                breakdown.lines, charged_lines(breakdown, payment_number=number), strict=True
            ):
                exact = Fraction(line.negotiated_cents * breakdown.term.months, count)
                assert abs(charged.amount_cents - exact) < 1


class TestEqualPartsTogether:
    @given(st.lists(st.integers(0, 500), min_size=1, max_size=6), st.integers(1, 24))
    def test_are_equal_parts_of_each_total_and_of_all(self, totals: list[int], count: int) -> None:
        parts = [equal_parts_together(totals, count, number) for number in range(1, count + 1)]
        assert [sum(column) for column in zip(*parts, strict=True)] == totals
        sums = [sum(part) for part in parts]
        assert sums == sorted(sums, reverse=True)
        assert max(sums) - min(sums) <= 1


class TestAnInvoicesLines:
    def test_are_the_costs_where_the_partner_bills_the_customer(self) -> None:
        breakdown = quote(
            arrangement="hiperador",
            term="annual",
            payment_method="card",
            installments=7,
            quantities={"user": 4},
        )
        sums = [
            sum(line.amount_cents for line in partner_charged_lines(breakdown, payment_number=number))
            for number in numbers(breakdown)
        ]
        assert sum(sums) == breakdown.monthly.partner_pays_cents * 12
        assert max(sums) - min(sums) <= 1

    def test_of_a_first_period_share_it_like_the_prices(self) -> None:
        plan, users, setup = first_period_lines(quote(**TWO_LINES, setup=True), amount_cents=9614)
        # 87.6423… and 8.4976…: the spare centavo goes to the larger remainder.
        assert (plan.amount_cents, users.amount_cents, setup.amount_cents) == (8764, 850, 49000)


class TestTheRepasseOfAFirstPeriod:
    def test_is_the_same_part_of_the_waterfall(self) -> None:
        (line,) = accrue_first_period(quote(), amount_cents=9995)
        # Half of 199.90: half of 85.00 and half of 13.47, which is 6.735: half up.
        assert line[3:] == (9995, 4250, 674, 0, 9995 - 4250 - 674)

    @given(cases(), st.integers(0, 100))
    def test_adds_up(self, case: Case, part: int) -> None:
        breakdown = priced(case)
        amount = breakdown.monthly.negotiated_cents * part // 100
        lines = accrue_first_period(breakdown, amount_cents=amount)
        assert not lines or sum(line.amount_cents for line in lines) == amount
        for line in lines:
            assert line.amount_cents == taken(line)


class TestTheRepasseOfADifference:
    def test_is_split_as_the_waterfalls_differ(self) -> None:
        old, new = quote(), quote(quantities={"user": 3})
        # One more user: 19.90 more, and what he costs; 6.74 % of 219.80 is 14.81, 1.34 more than 13.47.
        cost = new.monthly.cost_cents - old.monthly.cost_cents
        assert new.monthly.negotiated_cents - old.monthly.negotiated_cents == 1990
        (line,) = accrue_difference(old, new, amount_cents=1990, code="difference", label="Diferença")
        assert line[3:] == (1990, cost, 134, 0, 1990 - cost - 134)

    def test_of_a_setup_fee_alone_is_that_of_the_setup_fee(self) -> None:
        old, new = quote(), quote(setup=True)
        (line,) = accrue_difference(old, new, amount_cents=0, code="difference", label="Diferença")
        assert line[3:] == (49000, 0, 3303, 0, 45697)
