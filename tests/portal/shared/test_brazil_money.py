"""Money as Brazil writes and types it."""

from decimal import Decimal

import pytest
from babel.numbers import format_currency
from hypothesis import given
from hypothesis import strategies as st

from portal.shared.brazil import format_money, format_money_input, parse_money


class TestWritingMoney:
    @given(st.integers(-(10**13), 10**13))
    def test_agrees_with_babel_to_the_last_character(self, cents: int) -> None:
        reais = Decimal(cents) / 100
        babel = format_currency(reais, "BRL", locale="pt_BR")
        assert format_money(cents) == babel.replace("-", "\N{MINUS SIGN}")  # a hyphen is no minus
        assert format_money_input(cents) == format_currency(reais, "BRL", "#,##0.00", locale="pt_BR")


class TestReadingMoney:
    @pytest.mark.parametrize(
        ("typed", "cents"),
        [
            ("1.234,56", 123456),
            ("1234,56", 123456),
            ("1234.56", 123456),
            ("R$ 1.234,56", 123456),
            ("R$\u00a01.234,56", 123456),
            (" 1234 ", 123400),
            ("279,7", 27970),
            ("279,", 27900),
            (",5", 50),
            ("-5,00", -500),
            ("\N{MINUS SIGN}R$\u00a05,00", -500),
        ],
    )
    def test_understands_what_is_clear(self, typed: str, cents: int) -> None:
        assert parse_money(typed) == cents

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "1.234",
            "1,234.56",
            "12.34,5",
            "1,234",
            "1e9",
            "NaN",
            "inf",
            "--5",
            "١٢",
            "1 234",
            "R$",
            "1" * 40,
        ],
    )
    def test_refuses_what_is_not_money_or_could_mean_two_things(self, typed: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - its message is for programmers
            parse_money(typed)

    @given(st.integers(-(10**13), 10**13))
    def test_reads_back_what_is_written(self, cents: int) -> None:
        assert parse_money(format_money(cents)) == cents
        assert parse_money(format_money_input(cents)) == cents
