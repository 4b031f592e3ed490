"""How a negotiated price is spread over the lines, and how far down it may go."""

from typing import Any

import pytest

from calculator import format_money, share_out
from tests.calculator.samples import demo_with, negotiated, quote, refusal

# Gestão, monthly, with a third user and NFS-e.
# Original 199.90 + 19.90 + 29.90, minimum 149.90 + 12.90 + 19.90.
THREE_LINES: dict[str, Any] = {"quantities": {"user": 3}, "apps": {"nfse": 1}}
ORIGINAL, MINIMUM = 24970, 18270


class TestANegotiatedTotal:
    def test_left_out_is_the_original(self) -> None:
        breakdown = quote(**THREE_LINES)
        assert breakdown.monthly.negotiated_cents == ORIGINAL
        assert all(line.negotiated_cents == line.original_cents for line in breakdown.lines)

    def test_at_the_minimum_puts_every_line_at_its_minimum(self) -> None:
        breakdown = quote(**THREE_LINES, negotiated_total="182.70")
        assert negotiated(breakdown) == {"plan:gestao": 14990, "addon:user": 1290, "app:nfse": 1990}

    def test_one_centavo_above_it_goes_to_the_line_with_most_room(self) -> None:
        breakdown = quote(**THREE_LINES, negotiated_total="182.71")
        assert negotiated(breakdown) == {"plan:gestao": 14991, "addon:user": 1290, "app:nfse": 1990}

    def test_is_spread_by_the_room_of_each_line(self) -> None:
        # Room 50.00 + 7.00 + 10.00 = 67.00. Of 3,333 centavos: 2487.31…, 348.22… and 497.46…; the spare one
        # goes to the largest remainder, NFS-e's.
        breakdown = quote(**THREE_LINES, negotiated_total="216.03")
        assert negotiated(breakdown) == {
            "plan:gestao": 14990 + 2487,
            "addon:user": 1290 + 348,
            "app:nfse": 1990 + 498,
        }

    def test_gives_an_equal_remainder_to_the_earlier_line(self) -> None:
        # Two apps with the same room of 10.00 beside a plan whose price cannot move.
        other = demo_with(('minimum = { monthly = "149.90"', 'minimum = { monthly = "199.90"'))
        breakdown = quote(other, apps={"nfse": 1, "boletos": 1}, negotiated_total="239.71")
        assert negotiated(breakdown) == {"plan:gestao": 19990, "app:boletos": 1991, "app:nfse": 1990}

    def test_above_the_original_is_spread_by_the_originals(self) -> None:
        breakdown = quote(**THREE_LINES, negotiated_total="499.40")
        assert negotiated(breakdown) == {
            "plan:gestao": 2 * 19990,
            "addon:user": 2 * 1990,
            "app:nfse": 2 * 2990,
        }

    def test_leaves_free_apps_free(self) -> None:
        breakdown = quote(apps={"precos": 1, "comissao": 1}, negotiated_total="900.00")
        assert negotiated(breakdown) == {"plan:gestao": 90000, "app:precos": 0, "app:comissao": 0}

    def test_below_the_minimum_is_refused_naming_it(self) -> None:
        refused = refusal(**THREE_LINES, negotiated_total="182.69")
        assert (refused.code, refused.facts) == ("below_minimum", {"minimum_total": "182.70"})
        assert refused.message == "O valor mínimo desta negociação é R$\N{NO-BREAK SPACE}182,70."

    def test_of_a_plan_that_costs_nothing_goes_to_the_plan(self) -> None:
        free = '{ monthly = "0.00", semiannual = "0.00", annual = "0.00" }'
        other = demo_with(
            ('{ monthly = "89.90", semiannual = "80.90", annual = "71.90" }', free),
            ('{ monthly = "69.90", semiannual = "62.90", annual = "55.90" }', free),
            ('{ monthly = "40.00", semiannual = "36.00", annual = "32.00" }', free),
        )
        breakdown = quote(other, plan="mini", apps={"precos": 1}, negotiated_total="10.01")
        assert negotiated(breakdown) == {"plan:mini": 1001, "app:precos": 0}
        assert breakdown.monthly.discount_basis_points == 0


class TestNegotiatedLines:
    def test_leave_the_others_at_the_original(self) -> None:
        breakdown = quote(**THREE_LINES, negotiated_lines={"app:nfse": "19.90"})
        assert negotiated(breakdown) == {"plan:gestao": 19990, "addon:user": 1990, "app:nfse": 1990}
        assert breakdown.monthly.negotiated_cents == 19990 + 1990 + 1990

    def test_may_go_above_the_original(self) -> None:
        breakdown = quote(**THREE_LINES, negotiated_lines={"addon:user": "99.00"})
        assert breakdown.monthly.discount_basis_points < 0

    def test_hold_each_its_own_minimum(self) -> None:
        refused = refusal(**THREE_LINES, negotiated_lines={"app:nfse": "19.89", "plan:gestao": "500.00"})
        assert refused.facts == {"line": "app:nfse", "minimum": "19.90"}
        assert refused.field == "negotiated_lines.app:nfse"
        assert "NFS-e" in refused.message

    def test_name_the_first_of_several_that_are_too_low(self) -> None:
        refused = refusal(**THREE_LINES, negotiated_lines={"app:nfse": "0.00", "addon:user": "0.00"})
        assert refused.facts["line"] == "addon:user"

    @pytest.mark.parametrize("code", ["app:tef", "nfse", "addon:branch", "plan:mini", ""])
    def test_must_be_lines_of_the_quote(self, code: str) -> None:
        assert refusal(**THREE_LINES, negotiated_lines={code: "900.00"}).code == "invalid_selection"

    def test_do_not_go_with_a_negotiated_total(self) -> None:
        refused = refusal(negotiated_total="199.90", negotiated_lines={})
        assert refused.code == "invalid_selection"


class TestTheDiscount:
    @pytest.mark.parametrize(
        ("total", "percent"),
        [
            ("199.90", "0.00"),
            ("199.91", "-0.01"),  # -0.0050025…
            ("199.89", "0.01"),  # 0.0050025…
            ("199.80", "0.05"),
            ("149.90", "25.01"),
            ("399.80", "-100.00"),
        ],
    )
    def test_has_two_decimals_and_a_sign(self, total: str, percent: str) -> None:
        assert format_money(quote(negotiated_total=total).monthly.discount_basis_points) == percent

    def test_rounds_a_half_away_from_zero_both_ways(self) -> None:
        # One centavo of 200.00 is 0.005 %.
        other = demo_with(('original = { monthly = "199.90"', 'original = { monthly = "200.00"'))
        assert quote(other, negotiated_total="199.99").monthly.discount_basis_points == 1
        assert quote(other, negotiated_total="200.01").monthly.discount_basis_points == -1


class TestSharingOut:
    def test_gives_spare_centavos_to_the_largest_remainders(self) -> None:
        # 100 by 1 : 1 : 4 is 16.66…, 16.66…, 66.66…: equal remainders, so the two spare go to the first two.
        assert share_out(100, [1, 1, 4]) == [17, 17, 66]
        assert share_out(10, [3, 3, 3]) == [4, 3, 3]
        assert share_out(0, [5, 0]) == [0, 0]

    def test_without_weights_gives_all_to_the_first(self) -> None:
        assert share_out(7, [0, 0]) == [7, 0]
