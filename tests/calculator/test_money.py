"""Whole centavos and exact percentages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculator import (
    MoneyError,
    equal_parts,
    format_money,
    format_percent,
    parse_money,
    percentage_of,
    share_out,
)
from calculator.money import PercentError, parse_percent, reais


class TestMoney:
    @given(st.integers(0, 99_999_999_999_999))
    def test_survives_its_text(self, cents: int) -> None:
        assert parse_money(format_money(cents)) == cents

    @pytest.mark.parametrize(
        ("cents", "text"), [(0, "0.00"), (7, "0.07"), (-7, "-0.07"), (-123456, "-1234.56")]
    )
    def test_is_written_with_two_decimals(self, cents: int, text: str) -> None:
        assert format_money(cents) == text

    def test_is_never_negative_where_it_is_read(self) -> None:
        with pytest.raises(MoneyError):
            parse_money("-1.00")

    @pytest.mark.parametrize(
        ("cents", "text"),
        [(0, "R$ 0,00"), (123456, "R$ 1.234,56"), (-5, "-R$ 0,05"), (100000000, "R$ 1.000.000,00")],
    )
    def test_is_shown_as_brazilians_write_it(self, cents: int, text: str) -> None:
        assert reais(cents) == text.replace(" ", "\N{NO-BREAK SPACE}")


class TestAPercentage:
    @pytest.mark.parametrize(
        ("text", "ppm"),
        [("0", 0), ("5", 50_000), ("6.74", 67_400), ("55.00", 550_000), ("0.0001", 1), ("100", 1_000_000)],
    )
    def test_is_read_exactly(self, text: str, ppm: int) -> None:
        assert parse_percent(text) == ppm

    @pytest.mark.parametrize(
        "text", ["100.01", "-1", "5%", "5,0", "", "05", "0.00001", ".5", "5.", 5, None, "٥"]
    )
    def test_is_text_from_0_to_100(self, text: object) -> None:
        with pytest.raises(PercentError):
            parse_percent(text)

    @pytest.mark.parametrize(
        ("ppm", "text"), [(67_400, "6.74"), (50_000, "5.00"), (1, "0.0001"), (125_500, "12.55")]
    )
    def test_is_written_with_as_many_decimals_as_it_needs(self, ppm: int, text: str) -> None:
        assert format_percent(ppm) == text

    def test_of_an_amount_is_rounded_half_up(self) -> None:
        assert percentage_of(10, 50_000) == 1  # 0.5
        assert percentage_of(9, 50_000) == 0  # 0.45


class TestParts:
    @given(st.integers(0, 10**9), st.integers(1, 60))
    def test_that_are_equal_add_up(self, cents: int, count: int) -> None:
        parts = equal_parts(cents, count)
        assert (sum(parts), len(parts)) == (cents, count)
        assert max(parts) - min(parts) <= 1

    @given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=12))
    def test_by_weight_add_up_and_miss_their_due_by_less_than_a_centavo(
        self, cents: int, weights: list[int]
    ) -> None:
        shares = share_out(cents, weights)
        assert sum(shares) == cents
        total = sum(weights)
        if total:
            assert all(
                abs(share * total - cents * weight) < total
                for share, weight in zip(shares, weights, strict=True)
            )
