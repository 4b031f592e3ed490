"""Return files of four banks in two sizes, as their manuals lay them out."""

import time
import tracemalloc
import warnings
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pycobranca.cnab import Retorno

from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.occurrences import Meaning
from portal.banking.rules.return_frames import find_faults
from portal.banking.rules.return_lines import UnreadableFile
from portal.banking.rules.return_reading import Occurrence, identify, occurrences, read_return
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from tests.factories.bank_accounts import ACCOUNTS, BRADESCO, BRASIL, EVERY_LAYOUT, SANTANDER
from tests.factories.payments import ACCOUNT as ITAU

MADE_AT = datetime(2026, 6, 13, 12, tzinfo=UTC)
LAYOUTS = pytest.mark.parametrize(
    ("account", "size"), EVERY_LAYOUT, ids=lambda one: getattr(one, "bank", one)
)


def told(number: int = 7, code: str = "06", **changes: Any) -> ReturnLine:
    """A title of R$ 199,90 of which the bank keeps R$ 3,33."""
    values: dict[str, Any] = {
        "code": code,
        "number": number,
        "on": date(2026, 6, 12),
        "due_on": date(2026, 6, 15),
        "title_cents": 199_90,
        "paid_cents": 199_90 if code == "06" else 0,
        "fee_cents": 3_33 if code == "06" else 0,
    }
    return ReturnLine(**(values | changes))


def written(account: BoletoAccount, *lines: ReturnLine, size: int | None) -> bytes:
    return return_file(account, lines or (told(),), made_at=MADE_AT, number=1, size=size)


def read(content: bytes) -> list[Occurrence]:
    return read_return(BytesIO(content), ACCOUNTS)[1]


def records_of(content: bytes) -> list[str]:
    return content.decode("ascii").split("\r\n")[:-1]


def joined(records: list[str]) -> bytes:
    return "".join(f"{record}\r\n" for record in records).encode("latin-1")


def changed(content: bytes, line: int, first: int, text: str) -> bytes:
    """With `text` from position `first` on of a line; both counted from 1."""
    records = records_of(content)
    record = records[line - 1]
    records[line - 1] = record[: first - 1] + text + record[first - 1 + len(text) :]
    return joined(records)


class TestAPayment:
    @LAYOUTS
    def test_is_what_was_paid_kept_and_credited(self, account: BoletoAccount, size: int) -> None:
        (one,) = read(written(account, size=size))
        assert (one.number, one.meaning, one.on) == (7, Meaning.PAID, date(2026, 6, 12))
        assert (one.paid_cents, one.fee_cents, one.credited_cents, one.face_cents) == (
            199_90,
            3_33,
            196_57,
            199_90,
        )
        assert one.credited_on == date(2026, 6, 12)

    @LAYOUTS
    def test_with_interest_is_all_the_customer_paid(self, account: BoletoAccount, size: int) -> None:
        # R$ 199,90, two of every hundred as a fine and a day's interest: 4,00 + 0,07
        (one,) = read(written(account, told(paid_cents=203_97, charges_cents=4_07), size=size))
        assert (one.paid_cents, one.late_cents, one.credited_cents) == (203_97, 4_07, 200_64)

    @LAYOUTS
    def test_less_a_discount_is_what_was_left(self, account: BoletoAccount, size: int) -> None:
        (one,) = read(written(account, told(paid_cents=189_90, discount_cents=10_00), size=size))
        assert (one.paid_cents, one.credited_cents) == (189_90, 186_57)

    @LAYOUTS
    def test_is_read_the_same_by_others(self, account: BoletoAccount, size: int) -> None:
        content = written(account, told(7, "02"), told(8), told(9, "09"), size=size)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it says which layouts it knows less well
            theirs = Retorno.ler(content).registros
        ours = read(content)
        assert [one.codigo_ocorrencia for one in theirs] == ["02", "06", "09"]
        assert [one.code for one in ours] == ["02", "06", "09"]
        assert [int(one.valor_titulo or "") for one in theirs] == [one.face_cents for one in ours]
        assert [int(one.valor_tarifa or "") for one in theirs] == [one.charged_cents for one in ours]
        received = [int(one.valor_recebido or "") for one in theirs]
        net_of_fee = account.bank == "341" and size == 400
        assert received == [0, 196_57 if net_of_fee else 199_90, 0]

    def test_credited_whole_whose_fee_is_charged_apart_loses_nothing(self) -> None:
        content = changed(written(BRASIL, size=240), 4, 93, f"{199_90:015d}")
        (one,) = read(content)
        assert (one.paid_cents, one.fee_cents, one.charged_cents) == (199_90, 0, 3_33)

    def test_without_its_day_is_not_guessed(self) -> None:
        with pytest.raises(UnreadableFile, match="Na linha 2 há uma data"):
            read(changed(written(BRADESCO, size=400), 2, 111, "000000"))

    def test_credited_more_than_paid_is_refused(self) -> None:
        with pytest.raises(UnreadableFile, match="linha 3 o banco diz ter creditado mais"):
            read(changed(written(SANTANDER, size=240), 4, 93, f"{300_00:015d}"))


class TestACode:
    @pytest.mark.parametrize(
        ("account", "size", "code", "meaning"),
        [
            (BRADESCO, 400, "17", Meaning.PAID),
            (SANTANDER, 400, "17", Meaning.PAID),
            (ITAU, 400, "17", Meaning.NOTED),
            (BRASIL, 240, "17", Meaning.PAID),
            (SANTANDER, 400, "16", Meaning.NOTED),
            (BRADESCO, 400, "22", Meaning.UNDONE),
            (BRADESCO, 400, "40", Meaning.UNDONE),
            (ITAU, 400, "40", Meaning.NOTED),
            (BRASIL, 400, "05", Meaning.PAID),
            (ITAU, 400, "05", Meaning.WRITTEN_OFF),
            (BRASIL, 400, "44", Meaning.UNDONE),
            (ITAU, 240, "08", Meaning.PAID),
            (BRADESCO, 240, "08", Meaning.UNKNOWN),
            (BRASIL, 400, "07", Meaning.PARTIAL),
            (BRADESCO, 400, "24", Meaning.REJECTED),
            (SANTANDER, 400, "24", Meaning.NOTED),
            (ITAU, 400, "99", Meaning.UNKNOWN),
        ],
    )
    def test_means_what_its_bank_says(
        self, account: BoletoAccount, size: int, code: str, meaning: Meaning
    ) -> None:
        (one,) = read(written(account, told(code=code), size=size))
        assert (one.code, one.meaning) == (code, meaning)

    @LAYOUTS
    def test_of_registration_carries_no_payment(self, account: BoletoAccount, size: int) -> None:
        (one,) = read(written(account, told(code="02", paid_cents=1_450_00), size=size))
        assert (one.meaning, one.paid_cents, one.fee_cents) == (Meaning.REGISTERED, 0, 0)

    @pytest.mark.parametrize(
        ("account", "size", "reasons", "read_as"),
        [
            (ITAU, 400, "0824", ("08", "24")),
            (BRADESCO, 400, "4800000000", ("48",)),
            (BRASIL, 400, "52", ("52",)),
            (SANTANDER, 400, "051024000", ("051", "024")),
            (BRASIL, 240, "1648", ("16", "48")),
            (SANTANDER, 240, "16", ("16",)),
        ],
    )
    def test_comes_with_its_reasons(
        self, account: BoletoAccount, size: int, reasons: str, read_as: tuple[str, ...]
    ) -> None:
        (one,) = read(written(account, told(code="03", reasons=reasons), size=size))
        assert one.reasons == read_as

    @pytest.mark.parametrize(
        ("account", "size", "code", "reasons", "words"),
        [
            (BRASIL, 240, "03", "1648", "vencimento inválido (16); CEP do pagador inválido (48)"),
            (SANTANDER, 240, "26", "60", "o banco não conhece este título (60)"),
            (BRASIL, 400, "03", "82", "CEP do pagador inválido (82)"),
            (BRASIL, 400, "03", "16", "título preenchido de forma irregular (16)"),
            (SANTANDER, 400, "03", "092", "nosso número já registrado (092)"),
            (SANTANDER, 400, "03", "261", "motivo 261, que só o banco explica"),
            (BRASIL, 240, "28", "48", ""),  # a fee has reasons of its own
        ],
    )  # fmt: skip
    def test_says_why_in_words(
        self, account: BoletoAccount, size: int, code: str, reasons: str, words: str
    ) -> None:
        (one,) = read(written(account, told(code=code, reasons=reasons), size=size))
        assert one.refusal == words

    def test_of_another_agreement_is_nobodys_boleto(self) -> None:
        (one,) = read(changed(written(BRASIL, size=400), 2, 64, "7654321"))
        assert one.number == 76543210000000007


class TestAPixRecord:
    @pytest.mark.parametrize(
        ("account", "size"), [(ITAU, 400), (BRADESCO, 400), (SANTANDER, 400), (SANTANDER, 240), (BRASIL, 240)]
    )
    def test_belongs_to_the_title_before_it_and_is_none_itself(
        self, account: BoletoAccount, size: int
    ) -> None:
        content = written(account, told(7, "02", pix="FATURA0000000007"), told(8), size=size)
        first, second = read(content)
        assert (first.number, second.number) == (7, 8)
        assert "FATURA0000000007" in first.pix
        assert second.pix == ""


class TestADamagedFile:
    @pytest.mark.parametrize(
        ("account", "size", "line", "first", "text", "said"),
        [
            (ITAU, 400, 3, 395, "000004", "linha 3 diz ser a 000004, e é a 3"),
            (BRADESCO, 400, 4, 395, "000009", "linha 4 diz ser a 000009, e é a 4"),
            (ITAU, 400, 4, 221, "00000000000001", "linha 4 traz um total"),
            (BRASIL, 400, 2, 1, "5", "linha 2 tem um tipo de registro"),
            (SANTANDER, 400, 4, 1, "1", "linha 4 é a última, mas não"),
            (BRASIL, 240, 8, 24, "000009", "linha 8 conta outro número de registros no arquivo, que tem 8"),
            (BRASIL, 240, 7, 18, "000005", "linha 7 conta outro número de registros no lote, que tem 6"),
            (SANTANDER, 240, 4, 14, "T", "linha 3 traz um segmento T sem o seu"),
            (SANTANDER, 240, 3, 14, "U", "linha 3 traz um segmento U sem o seu"),
            (ITAU, 240, 5, 14, "X", "linha 5 tem um segmento que não conhecemos: X"),
        ],
    )
    def test_is_refused_naming_the_line(
        self, account: BoletoAccount, size: int, line: int, first: int, text: str, said: str
    ) -> None:
        content = written(account, told(7), told(8), size=size)
        with pytest.raises(UnreadableFile, match=said):
            read(changed(content, line, first, text))

    @LAYOUTS
    def test_that_was_cut_is_refused(self, account: BoletoAccount, size: int) -> None:
        records = records_of(written(account, told(7), told(8), size=size))
        for cut in range(2, len(records)):
            with pytest.raises(UnreadableFile, match="linha"):
                read(joined(records[:cut]))

    @LAYOUTS
    def test_with_a_line_lost_is_refused(self, account: BoletoAccount, size: int) -> None:
        records = records_of(written(account, told(7), told(8), size=size))
        for lost in range(1, len(records) - 1):
            with pytest.raises(UnreadableFile, match="linha"):
                read(joined(records[:lost] + records[lost + 1 :]))

    def test_whose_lines_lost_blanks_at_their_end_is_read_when_it_agrees(self) -> None:
        records = records_of(written(BRASIL, told(7), told(8), size=240))
        assert [one.number for one in read(joined([record.rstrip() for record in records]))] == [7, 8]

    def test_with_short_lines_names_them_when_it_does_not_agree(self) -> None:
        records = [record.rstrip() for record in records_of(written(BRASIL, told(7), told(8), size=240))]
        with pytest.raises(UnreadableFile, match="linha 5 conta outro número de registros no lote"):
            read(joined(records[:4] + records[6:]))

    def test_with_a_longer_line_is_refused(self) -> None:
        records = records_of(written(BRASIL, told(7), size=240))
        with pytest.raises(UnreadableFile, match="linha 3 tem 244 posições"):
            read(joined([*records[:2], records[2] + "    ", *records[3:]]))

    def test_tells_of_no_more_than_fifty_lines(self) -> None:
        content = written(BRADESCO, *(told(number) for number in range(1, 99)), size=400)
        wrong = joined([record + "x" for record in records_of(content)])
        layout = identify(BytesIO(content), ACCOUNTS).layout
        assert len(find_faults(BytesIO(wrong), layout)) == 50

    def test_with_letters_in_an_amount_names_line_and_place(self) -> None:
        with pytest.raises(UnreadableFile, match="linha 2, posições 254 a 266"):
            read(changed(written(BRADESCO, size=400), 2, 254, "0000000O19990"))


class TestAFileOfSomethingElse:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "não é um arquivo de retorno"),
            (b"\xef\xbb\xbf02RETORNO01COBRANCA", "uma marca no começo"),
            ("02RETORNO".encode("utf-16"), "outra codificação"),
            (b"<!DOCTYPE html><title>Erro</title>", "página da internet"),
            (b"PK\x03\x04", "compactado"),
            (b"\0" * 400, "linha 1 não é de um arquivo"),
            (b"x" * 5_000_000, "linha 1 não é de um arquivo"),
            (b"01REMESSA01COBRANCA".ljust(400) + b"\r\n", "não é um arquivo de retorno"),
            (b"02RETORNO01COBRANCA".ljust(76) + b"104".ljust(324) + b"\r\n", "banco 104"),
        ],
    )
    def test_is_refused_with_what_to_do(self, content: bytes, said: str) -> None:
        with pytest.raises(UnreadableFile, match=said):
            read(content)

    @pytest.mark.parametrize(
        ("account", "size", "first"),
        [
            (ITAU, 400, 27), (ITAU, 400, 33), (ITAU, 400, 38), (BRADESCO, 400, 40), (BRASIL, 400, 27),
            (BRASIL, 400, 150), (SANTANDER, 400, 39), (ITAU, 240, 54), (BRADESCO, 240, 48), (BRASIL, 240, 36),
            (SANTANDER, 240, 33), (SANTANDER, 240, 56),
        ],
    )  # fmt: skip
    def test_of_another_account_is_refused(self, account: BoletoAccount, size: int, first: int) -> None:
        with pytest.raises(UnreadableFile, match="outra conta"):
            read(changed(written(account, size=size), 1, first, "9"))

    @LAYOUTS
    def test_is_told_from_ours_by_its_header(self, account: BoletoAccount, size: int) -> None:
        found = identify(BytesIO(written(account, size=size)), ACCOUNTS)
        assert (found.account, found.layout.size, found.made_on) == (account, size, date(2026, 6, 13))


class TestALargeFile:
    @pytest.mark.deep
    @pytest.mark.parametrize("account", [BRADESCO, BRASIL])
    def test_is_read_fast_and_in_constant_memory(self, account: BoletoAccount, tmp_path: Path) -> None:
        file = tmp_path / "large.ret"
        file.write_bytes(written(account, *(told(number) for number in range(1, 5_001)), size=None))
        with file.open("rb") as stream:
            found = identify(stream, ACCOUNTS)
            began = time.perf_counter()
            assert find_faults(stream, found.layout) == []
            assert sum(one.paid_cents for one in occurrences(stream, found)) == 5_000 * 199_90
            assert time.perf_counter() - began < 2.5  # 2,000 titles a second
            tracemalloc.start()
            find_faults(stream, found.layout)
            assert sum(1 for _one in occurrences(stream, found)) == 5_000
            _now, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        assert peak < 200_000  # of two million bytes of file
