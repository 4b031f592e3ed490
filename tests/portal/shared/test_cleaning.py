"""What is pasted with a number changes no number: labels, unseen signs, other dashes, other widths."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.shared import brazil
from portal.shared.cleaning import cleaned

UNSEEN = list("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u202d\u2066\u3164\ufe0f")
SPACES = ["\u00a0", "\u202f", "\u2009", "\u3000", "\u2003"]
DASHES = ["\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212", "\ufe63", "\uff0d"]

unseen = st.text(alphabet=UNSEEN, max_size=2)


@st.composite
def pasted(draw: st.DrawFn, written: str) -> str:
    """A text with unseen signs anywhere, its spaces, hyphens and digits in other forms."""
    signs = (draw(_sign(sign)) + draw(unseen) for sign in written)
    return draw(st.sampled_from(["", " ", "\u00a0"])) + draw(unseen) + "".join(signs)


def _sign(sign: str) -> st.SearchStrategy[str]:
    others = {" ": SPACES, "-": DASHES}.get(sign)
    return st.sampled_from([sign, *(others or [chr(ord(sign) - 0x21 + 0xFF01)])])


class TestWhatNobodySees:
    @pytest.mark.deep
    @given(pasted("R$ 1.234,56"))
    def test_changes_no_amount(self, text: str) -> None:
        assert brazil.parse_money(text) == 123456

    @given(pasted("-178,09"))
    def test_changes_no_negative_amount(self, text: str) -> None:
        assert brazil.parse_money(text) == -17809

    @pytest.mark.deep
    @given(pasted("12.ABC.345/01DE-35"))
    def test_changes_no_alphanumeric_cnpj(self, text: str) -> None:
        assert brazil.clean_document(text) == "12ABC34501DE35"

    @pytest.mark.deep
    @given(pasted("CPF: 529.982.247-25"))
    def test_changes_no_cpf_with_its_label(self, text: str) -> None:
        assert brazil.clean_document(text) == "52998224725"

    @pytest.mark.deep
    @given(pasted("CEP 89201-123"))
    def test_changes_no_postal_code(self, text: str) -> None:
        assert brazil.clean_postal_code(text) == "89201123"

    @pytest.mark.deep
    @given(pasted("+55 (47) 99999-1234"))
    def test_changes_no_phone(self, text: str) -> None:
        assert brazil.clean_phone(text) == "47999991234"

    @pytest.mark.deep
    @given(pasted("15/07/2026"))
    def test_changes_no_day(self, text: str) -> None:
        assert brazil.parse_day(text) == date(2026, 7, 15)

    @given(st.text())
    def test_is_all_that_is_taken_off(self, text: str) -> None:
        assert cleaned(cleaned(text)) == cleaned(text)
        if text.isascii():
            assert cleaned(text) == text.strip()
        assert not set(cleaned(text)) & {*UNSEEN, *SPACES, *DASHES}


class TestALabel:
    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("CPF 529.982.247-25", "52998224725"),
            ("cpf:52998224725", "52998224725"),
            ("CPF nº 529.982.247-25", "52998224725"),
            ("C.P.F.: 529.982.247-25", "52998224725"),
            ("(CPF) 529.982.247-25", "52998224725"),
            ("529.982.247-25 (CPF)", "52998224725"),
            ("CPF/CNPJ: 529.982.247-25", "52998224725"),
            ("CPF52998224725", "52998224725"),
            ("CNPJ 12.ABC.345/01DE-35", "12ABC34501DE35"),
            ("CNPJ/MF nº 12.ABC.345/01DE-35", "12ABC34501DE35"),
            ("cnpj 12abc34501de35", "12ABC34501DE35"),
            ("CNPJ: 11.222.333/0001-81.", "11222333000181"),
        ],
    )
    def test_of_a_document_is_no_part_of_it(self, typed: str, kept: str) -> None:
        assert brazil.clean_document(typed) == kept

    def test_never_makes_a_cnpj_of_a_cpf(self) -> None:
        """Each hundredth "CPF…" would check as an alphanumeric CNPJ: then it is the CPF, or is refused."""
        for number in range(0, 10**9, 1_234_567):
            cpf = _with_check_digits(f"{number:09d}")
            if len(set(cpf)) == 1:
                continue
            assert brazil.clean_document(f"CPF {cpf}") == cpf
            try:
                assert brazil.clean_document(f"CPF{cpf}") == cpf
            except ValueError:
                continue

    @pytest.mark.parametrize(
        "typed",
        ["RG 52998224725", "CPF", "CPF 529.982.247-26", "CNPJ CNPJ", "CPFCPF52998224725", "x" * 9_999],
    )
    def test_that_is_none_or_stands_alone_is_refused(self, typed: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - its message is for programmers
            brazil.clean_document(typed)

    @pytest.mark.parametrize("typed", ["CEP: 89201-123", "cep89201123", "89201-123 (CEP)", "89.201-123"])
    def test_of_a_postal_code_is_no_part_of_it(self, typed: str) -> None:
        assert brazil.clean_postal_code(typed) == "89201123"


class TestAPhone:
    @pytest.mark.parametrize(
        ("typed", "kept", "shown"),
        [
            ("0800 123 4567", "08001234567", "0800 123 4567"),
            ("0800-123-4567", "08001234567", "0800 123 4567"),
            ("+55 0800 123 4567", "08001234567", "0800 123 4567"),
            ("0300 123 4567", "03001234567", "0300 123 4567"),
            ("047 3433-1234", "4734331234", "(47) 3433-1234"),
            ("(047) 3433-1234", "4734331234", "(47) 3433-1234"),
            ("(0xx47) 3433-1234", "4734331234", "(47) 3433-1234"),
            ("0 15 47 3433-1234", "4734331234", "(47) 3433-1234"),
            ("047 99999-1234", "47999991234", "(47) 99999-1234"),
            ("+55 (0)47 3433-1234", "4734331234", "(47) 3433-1234"),
            ("0055 47 3433-1234", "4734331234", "(47) 3433-1234"),
            ("055 3433-1234", "5534331234", "(55) 3433-1234"),
            ("+55 55 99999-1234", "55999991234", "(55) 99999-1234"),
            ("Tel.: (47) 3433-1234", "4734331234", "(47) 3433-1234"),
            ("tel:+5547999991234", "47999991234", "(47) 99999-1234"),
            ("47 99999-1234 (WhatsApp)", "47999991234", "(47) 99999-1234"),
            ("Fone/WhatsApp 47 99999-1234", "47999991234", "(47) 99999-1234"),
        ],
    )
    def test_is_the_number_that_was_meant(self, typed: str, kept: str, shown: str) -> None:
        assert (brazil.clean_phone(typed), brazil.format_phone(kept)) == (kept, shown)
        assert brazil.clean_phone(shown) == kept

    @pytest.mark.parametrize(
        "typed",
        ["+1 202 555 0100", "0044 20 7946 0958", "0800 000 0000", "047 8999-12345", "4004 1234", "0800 123"],
    )
    def test_of_nobody_here_becomes_no_other(self, typed: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - its message is for programmers
            brazil.clean_phone(typed)

    @pytest.mark.parametrize("end", ["ramal 12", "r. 12", "ext 12", "x12", "Ramal: 4321"])
    def test_with_an_extension_is_refused_as_such(self, end: str) -> None:
        with pytest.raises(brazil.HasExtension):
            brazil.clean_phone(f"(47) 3433-1234 {end}")

    def test_is_dialed_as_it_can_be(self) -> None:
        assert brazil.dialed("47999991234") == "+5547999991234"
        assert brazil.dialed("08001234567") == "08001234567"


class TestADay:
    @pytest.mark.parametrize(
        "typed", ["15/07/2026", "15.07.2026", "15-07-2026", "2026-07-15", "15 / 7 / 2026"]
    )
    def test_is_understood_as_people_and_browsers_write_it(self, typed: str) -> None:
        assert brazil.parse_day(typed) == date(2026, 7, 15)

    @pytest.mark.parametrize("typed", ["15/07/26", "31/02/2026", "2026/07/15", "07-2026", "", "٣/07/2026"])
    def test_is_never_guessed(self, typed: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - its message is for programmers
            brazil.parse_day(typed)


class TestAnAmount:
    @pytest.mark.parametrize(("typed", "cents"), [("1 234,56", 123456), ("R$ 1 234 567,8", 123456780)])
    def test_is_understood_with_spaces_where_points_stand(self, typed: str, cents: int) -> None:
        assert brazil.parse_money(typed) == cents

    @pytest.mark.parametrize("typed", ["1 234", "12 34,50", "1 2345,00", "1.234 567,00", "10²", "٣,00"])
    def test_is_never_guessed(self, typed: str) -> None:
        with pytest.raises(ValueError):  # noqa: PT011 - its message is for programmers
            brazil.parse_money(typed)


def _with_check_digits(nine: str) -> str:
    """A CPF of nine digits, by the rule of the Receita Federal (modulo 11)."""
    digits = [int(digit) for digit in nine]
    for _ in range(2):
        total = sum(
            weight * digit for weight, digit in zip(range(len(digits) + 1, 1, -1), digits, strict=True)
        )
        digits.append(0 if total % 11 < 2 else 11 - total % 11)
    return "".join(map(str, digits))
