"""What somebody typed or pasted, read as the numbers it may be."""

import pytest

from portal.banking.rules.accounts import BANKS
from portal.invoices.rules.numbers import LARGEST_OUR_NUMBER, OUR_NUMBER_WIDTHS, read_number

LINE = "34191.09008 00012.380057 71234.570001 1 15140000019990"
DIGITS = "34191090080001238005771234570001115140000019990"
BARS = "34191151400000199901090000012380057123457000"


class TestANumberSomebodyTyped:
    @pytest.mark.parametrize(
        ("text", "own"),
        [
            ("123", 123),
            ("000123", 123),
            (" #000123 ", 123),
            ("nº 000123", 123),
            ("Fatura 000123", 123),
            ("\u200b000123", 123),
            ("123-8", 0),
            ("1234567890", 0),
            ("²", 0),
            ("padaria", 0),
            ("", 0),
        ],
    )
    def test_is_an_invoices_own(self, text: str, own: int) -> None:
        assert read_number(text).own == own

    @pytest.mark.parametrize(
        "text",
        [
            "109/00000123-8",
            "109000001238",
            "109/00000123",
            "00000123-8",
            "123-8",
            "09/00000000123-9",
            "09/00000000123-P",
            "00000000123P",
            "12345670000000123",
            "000000000123-6",
            "0000000001236",
            "000000000123",
            "123",
        ],
    )
    def test_is_a_boletos_as_each_bank_prints_it(self, text: str) -> None:
        assert 123 in read_number(text).our_numbers

    def test_is_no_shorter_one_for_want_of_a_sign(self) -> None:
        assert read_number("1238").our_numbers == {1238}

    def test_is_never_larger_than_a_bank_gives(self) -> None:
        assert max(read_number("9" * 43).our_numbers) <= LARGEST_OUR_NUMBER
        assert {bank.number_digits for bank in BANKS.values()} == set(OUR_NUMBER_WIDTHS)
        assert max(bank.largest_number for bank in BANKS.values()) == LARGEST_OUR_NUMBER

    @pytest.mark.parametrize(
        "text", [LINE, DIGITS, LINE.replace(" ", "\u00a0"), BARS, f"{BARS[:20]} {BARS[20:]}"]
    )
    def test_is_a_boletos_line_or_bar_code(self, text: str) -> None:
        typed = read_number(text)
        assert (typed.bar_code, typed.our_numbers, typed.own) == (BARS, frozenset(), 0)

    def test_is_a_name_in_large_and_small_letters(self) -> None:
        assert read_number(" pi_1AbC ").names == ("pi_1AbC", "PI_1ABC", "pi_1abc")
        assert read_number("  ").names == ()

    def test_is_no_number_among_words(self) -> None:
        typed = read_number("padaria 123")
        assert (typed.our_numbers, typed.bar_code, typed.plain) == (frozenset(), "", "")
