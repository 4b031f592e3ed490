"""Boletos and Pix codes as readers see them that are not ours."""

import re
from datetime import date
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.bar_code import bars
from portal.banking.rules.boleto import codes_of
from portal.banking.rules.pix import PixAccount, br_code, crc16, invoice_of, txid_of
from portal.checkout.pages.invoice_page import pix_code
from tests.factories.bank_accounts import BRADESCO, BRASIL, SANTANDER
from tests.factories.invoices import make_invoice
from tests.factories.payments import ACCOUNT
from tests.support.judges import judge

RETURN_TO_1000 = date(2025, 2, 22)
ACCOUNT_OF_PIX = PixAccount(
    key="11222333000181", name="Ação & Cia. Comércio de Pães Ltda.", city="São José dos Pinhais"
)
WIDE = {
    "0": "NNWWN", "1": "WNNNW", "2": "NWNNW", "3": "WWNNN", "4": "NNWNW",
    "5": "WNWNN", "6": "NWWNN", "7": "NNNWW", "8": "WNNWN", "9": "NWNWN",
}  # fmt: skip


class TestTheCodesOfABoleto:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        "due_on", [RETURN_TO_1000, date(2026, 6, 15), date(2026, 12, 31), date(2030, 2, 28)]
    )
    @pytest.mark.parametrize("cents", [1, 199_90, 99_999_999_99])
    def test_are_read_by_others(self, due_on: date, cents: int) -> None:
        codes = codes_of(ACCOUNT, number=7, amount_cents=cents, due_on=due_on)
        (line,) = judge({"boleto": re.sub(r"\D", "", codes.line)})
        assert (line["valid"], line["valid_line"], line["kind"]) == (True, True, "LINHA_DIGITAVEL")
        assert line["bar_code"] == codes.bar_code
        assert (line["cents"], line["due_on"]) == (cents, due_on.isoformat())

    @pytest.mark.deep
    def test_are_read_by_others_from_the_bars(self) -> None:
        # This reader refuses bar codes, not lines, whose check digit is 1 in the place of 0, 10 or 11.
        codes = codes_of(ACCOUNT, number=7, amount_cents=199_90, due_on=date(2026, 6, 15))
        (read,) = judge({"boleto": codes.bar_code})
        assert (read["valid"], read["kind"]) == (True, "CODIGO_DE_BARRAS")
        assert (read["cents"], read["due_on"]) == (199_90, "2026-06-15")
        assert read["line"] == re.sub(r"\D", "", codes.line)

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("account", "free", "our_number"),
        [
            (BRADESCO, "1234090000000000700567890", "09/00000000007-0"),
            (BRASIL, "0000001234567000000000717", "12345670000000007"),
            (SANTANDER, "9123456700000000000780101", "000000000007-8"),
        ],
    )
    def test_hold_what_each_bank_asks_for(self, account: BoletoAccount, free: str, our_number: str) -> None:
        # Bradesco: 9 × 7 + 7 × 2 = 77, nothing left of 11. Santander: 7 × 2 = 14, 3 left, 11 - 3 = 8.
        codes = codes_of(account, number=7, amount_cents=199_90, due_on=date(2026, 6, 15))
        assert (codes.bar_code[:4], codes.bar_code[19:], codes.our_number) == (
            f"{account.bank}9",
            free,
            our_number,
        )
        (line,) = judge({"boleto": re.sub(r"\D", "", codes.line)})
        assert (line["valid"], line["bar_code"], line["cents"]) == (True, codes.bar_code, 199_90)

    @pytest.mark.parametrize(
        ("due_on", "factor"),
        [(date(2025, 2, 21), "9999"), (RETURN_TO_1000, "1000"), (date(2026, 6, 15), "1478")],
    )
    def test_count_days_again_from_1000(self, due_on: date, factor: str) -> None:
        assert codes_of(ACCOUNT, number=7, amount_cents=1, due_on=due_on).bar_code[5:9] == factor

    @pytest.mark.deep
    def test_are_refused_by_others_with_one_digit_changed(self) -> None:
        bar_code = codes_of(ACCOUNT, number=7, amount_cents=199_90, due_on=date(2026, 6, 15)).bar_code
        changed = bar_code[:20] + str((int(bar_code[20]) + 1) % 10) + bar_code[21:]
        assert [answer["valid"] for answer in judge({"boleto": changed})] == [False]


class TestTheBars:
    def test_say_the_digits(self) -> None:
        digits = codes_of(ACCOUNT, number=7, amount_cents=199_90, due_on=date(2026, 6, 15)).bar_code
        assert read_bars(bars(digits)) == digits


def read_bars(found: list[tuple[int, int]]) -> str:
    """The digits that bars and the gaps between them say, as a scanner reads them."""
    black = [width for _start, width in found]
    white = [after - start - width for (start, width), (after, _width) in pairwise(found)]
    assert (black[:2], white[:2], black[-2:], white[-1]) == ([1, 1], [1, 1], [3, 1], 1)
    letters = {code: digit for digit, code in WIDE.items()}
    digits = ""
    for at in range(2, len(black) - 2, 5):
        for widths in (black[at : at + 5], white[at : at + 5]):
            digits += letters["".join("W" if width == 3 else "N" for width in widths)]
    return digits


class TestAPixCode:
    @pytest.mark.deep
    @pytest.mark.parametrize("cents", [1, 99, 199_90, 1_234_567_89])
    def test_is_read_by_others(self, cents: int) -> None:
        (read,) = judge({"pix": br_code(ACCOUNT_OF_PIX, amount_cents=cents, txid=txid_of(12))})
        assert read["valid"]
        assert (read["key"], round(read["amount"] * 100), read["txid"]) == (
            "11222333000181",
            cents,
            "FATURA0000000012",
        )
        assert (read["merchantName"], read["merchantCity"]) == (
            "ACAO CIA COMERCIO DE PAES",
            "SAO JOSE DOS PI",
        )

    @pytest.mark.deep
    def test_is_refused_by_others_with_one_letter_changed(self) -> None:
        code = br_code(ACCOUNT_OF_PIX, amount_cents=199_90, txid=txid_of(12))
        assert [answer["valid"] for answer in judge({"pix": code.replace("199.90", "199.91")})] == [False]

    def test_has_the_check_sum_of_the_standard(self) -> None:
        assert crc16(b"123456789") == 0x29B1

    @pytest.mark.parametrize(
        "text", ["", "FATURA", "fatura-12", "FATURA12A", "XFATURA12", "FATURA" + "9" * 19]
    )
    def test_that_is_not_ours_names_no_invoice(self, text: str) -> None:
        assert invoice_of(text) is None

    @pytest.mark.deep
    def test_is_what_the_picture_says(self, session: Session) -> None:
        code = pix_code(session, make_invoice(session), 199_90)
        (read,) = judge({"qr": modules_of(code.picture)})
        assert read["text"] == code.text


def modules_of(svg: str) -> list[str]:
    """The dark modules of a drawn code, row by row, from its horizontal strokes."""
    size = int(re.findall(r'viewBox="0 0 (\d+) \d+"', svg)[0])
    rows = [[" "] * size for _row in range(size)]
    strokes = re.findall(r'<path[^>]*stroke="#000"[^>]*>', svg)[0]
    x = y = 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", re.findall(r' d="([^"]+)"', strokes)[0]):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            for column in range(int(x), int(x + values[0])):
                rows[int(y)][column] = "#"
            x += values[0]
    return ["".join(row) for row in rows]
