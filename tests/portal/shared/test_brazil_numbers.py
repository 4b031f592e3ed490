"""Documents, CEP, phones and business days: what is clear is understood, nothing is guessed."""

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.shared import brazil

WRITTEN = st.text(alphabet="0123456789ABCxyz./-()+ \t\u00a0é٣²\x00", max_size=24)


class TestADocument:
    @pytest.mark.parametrize(
        ("typed", "kept", "shown"),
        [
            ("12.ABC.345/01DE-35", "12ABC34501DE35", "12.ABC.345/01DE-35"),
            ("12abc34501de35", "12ABC34501DE35", "12.ABC.345/01DE-35"),
            (" 11.222.333/0001-81 ", "11222333000181", "11.222.333/0001-81"),
            ("529.982.247-25", "52998224725", "529.982.247-25"),
            ("529 982 247 25", "52998224725", "529.982.247-25"),
        ],
    )
    def test_is_kept_without_and_shown_with_its_punctuation(self, typed: str, kept: str, shown: str) -> None:
        assert brazil.clean_document(typed) == kept
        assert brazil.format_document(kept) == shown

    @pytest.mark.parametrize(
        "typed",
        [
            "",
            "12.ABC.345/01DE-36",
            "12.ABC.345/01DE-3A",
            "11.222.333/0001-82",
            "529.982.247-26",
            "5299822472",
            "111.111.111-11",
            "00.000.000/0000-00",
            "52998224725\x00",
            "٥٢٩٩٨٢٢٤٧٢٥",
        ],
    )
    def test_that_does_not_check_is_refused(self, typed: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - its message is for programmers
            brazil.clean_document(typed)

    @pytest.mark.deep
    @given(WRITTEN)
    def test_is_eleven_digits_or_fourteen_signs_or_refused(self, typed: str) -> None:
        try:
            document = brazil.clean_document(typed)
        except ValueError:
            return
        assert re.fullmatch(r"[0-9]{11}|[0-9A-Z]{12}[0-9]{2}", document)
        assert brazil.clean_document(brazil.format_document(document)) == document


class TestAPostalCode:
    @pytest.mark.deep
    @given(st.integers(0, 99_999_999))
    def test_reads_back_what_is_written(self, number: int) -> None:
        code = f"{number:08d}"
        assert brazil.clean_postal_code(brazil.format_postal_code(code)) == code

    @given(WRITTEN)
    def test_is_exactly_the_eight_digits_typed_or_refused(self, typed: str) -> None:
        try:
            code = brazil.clean_postal_code(typed)
        except ValueError:
            return
        assert code == "".join(sign for sign in typed if sign in "0123456789")
        assert len(code) == 8


class TestAPhone:
    @pytest.mark.parametrize(
        ("typed", "kept", "shown"),
        [
            ("(47) 99999-1234", "47999991234", "(47) 99999-1234"),
            ("47 3433.1234", "4734331234", "(47) 3433-1234"),
            ("+55 47 99999-1234", "47999991234", "(47) 99999-1234"),
            ("55 3433-1234", "5534331234", "(55) 3433-1234"),
        ],
    )
    def test_is_kept_with_its_area_code_and_without_the_countrys(
        self, typed: str, kept: str, shown: str
    ) -> None:
        assert brazil.clean_phone(typed) == kept
        assert brazil.format_phone(kept) == shown

    @pytest.mark.parametrize(
        "typed", ["", "3433-1234", "99999-1234", "0800 000 0000", "+1 202 555 0100 9", "x"]
    )
    def test_without_area_code_or_too_long_is_refused(self, typed: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - its message is for programmers
            brazil.clean_phone(typed)

    @given(WRITTEN)
    def test_is_made_of_the_digits_typed_in_their_order_or_refused(self, typed: str) -> None:
        try:
            phone = brazil.clean_phone(typed)
        except ValueError:
            return
        digits = "".join(sign for sign in typed if sign in "0123456789")
        # the country's code and the 0 of a long-distance call, with its carrier, are no part of it
        assert digits.endswith(phone)
        assert digits.removesuffix(phone) in {"", "0", "55", "055", "0055", "550"} | {
            f"{country}0{carrier}" for country in ("", "55", "0055") for carrier in range(10, 100)
        }
        assert len(phone) in {10, 11}


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("day", "later", "count"),
        [
            (date(2026, 7, 15), date(2026, 7, 16), 1),
            (date(2026, 7, 17), date(2026, 7, 20), 1),  # Friday to Monday
            (date(2026, 9, 4), date(2026, 9, 8), 1),  # over Independence Day, a Monday
            (date(2026, 12, 24), date(2026, 12, 29), 2),  # over Christmas, a Friday, and a weekend
        ],
    )
    def test_leave_out_weekends_and_national_holidays(self, day: date, later: date, count: int) -> None:
        assert brazil.add_business_days(day, count) == later


class TestBankDays:
    @pytest.mark.parametrize(
        ("day", "next_one"),
        [
            (date(2026, 2, 13), date(2026, 2, 13)),
            (date(2026, 2, 14), date(2026, 2, 18)),  # Saturday of Carnival: Ash Wednesday is a bank day
            (date(2026, 2, 16), date(2026, 2, 18)),
            (date(2026, 2, 17), date(2026, 2, 18)),
            (date(2026, 6, 4), date(2026, 6, 5)),  # Corpus Christi, a Thursday
            (date(2027, 2, 8), date(2027, 2, 10)),
            (date(2027, 2, 9), date(2027, 2, 10)),
            (date(2027, 5, 27), date(2027, 5, 28)),
            (date(2026, 10, 28), date(2026, 10, 28)),  # the public servants' day closes no bank
            (date(2026, 12, 24), date(2026, 12, 24)),
            (date(2026, 12, 31), date(2027, 1, 4)),
        ],
    )
    def test_leave_out_carnival_corpus_christi_and_the_last_day_of_the_year(
        self, day: date, next_one: date
    ) -> None:
        assert brazil.next_bank_day(day) == next_one

    def test_may_include_the_last_day_of_the_year(self) -> None:
        assert brazil.next_bank_day(date(2026, 12, 31), last_of_year=True) == date(2026, 12, 31)
        assert brazil.next_bank_day(date(2027, 12, 31), last_of_year=True) == date(2027, 12, 31)

    @pytest.mark.parametrize("day", [date(2026, 2, 16), date(2026, 6, 4), date(2026, 12, 31)])
    def test_are_not_the_days_on_which_people_work(self, day: date) -> None:
        assert brazil.is_business_day(day)
        assert not brazil.is_bank_day(day)


class TestFolding:
    @pytest.mark.parametrize(
        ("text", "folded"), [("  São   JOÃO ", "sao joao"), ("Ação", "acao"), ("ß", "ss"), ("", "")]
    )
    def test_leaves_out_accents_capitals_and_double_spaces(self, text: str, folded: str) -> None:
        assert brazil.folded(text) == folded
