"""CSV files as spreadsheets and people make them: their text, their separator, their records. Pure.

What can be understood without guessing is: marks of any Unicode, old code pages, `sep=;`, vertical tabs for
line breaks in a cell, the Ctrl-Z of old exports, cells of any length. What cannot is refused with the line
and what to do.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

DELIMITERS = ";,\t|"
MARK = "\ufeff"
END_OF_FILE = "\x1a"  # Ctrl-Z: what follows it is none of the file's
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OLD_PAGES = ("cp1252", "cp850", "mac_roman")  # of Windows, DOS and the old Macintosh
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_OTHER_FILES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"{\\rtf", b"\x1f\x8b", b"Rar!")
_WEB_PAGE = re.compile(rb"\s*<(?:!doctype|html|table|\?xml)", re.IGNORECASE)
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[ ;,\t]*(?:\r\n|\r|\n|$)', re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_NO_SEPARATORS = frozenset('" \r\n')
SAVE_AGAIN = "Salve a planilha como CSV UTF-8 e envie de novo."

csv.field_size_limit(2**31 - 1)  # an upload is at most 5 MB; the field of a cell says what is too long for it


class UnreadableCsv(ValueError):
    """The message tells the person what is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class OpenQuote:
    """From this line on nothing can be read: a quote is not closed, or not opened right."""

    line: int


def decoded(data: bytes, *, is_right: Callable[[str], bool]) -> str:
    """The text of a file, without marks and what follows its end.

    `is_right` tells of a text whether its letters are: bytes of an old code page are so in one of them only.

    Raises:
        UnreadableCsv: empty, a spreadsheet, no text, or a text that was damaged before.
    """
    if data.startswith(_SPREADSHEETS) or _WEB_PAGE.match(data[:200]):
        raise UnreadableCsv("Este arquivo é uma planilha do Excel. Salve-a como CSV e envie de novo.")
    text, _end, rest = _text(data, is_right).lstrip(MARK).partition(END_OF_FILE)
    if data.startswith(_OTHER_FILES) or rest.strip(END_OF_FILE + "\0 \r\n\t"):
        raise UnreadableCsv(f"Este arquivo não é um CSV. {SAVE_AGAIN}")
    if not text.strip(MARK + " \r\n\t\v\f"):
        raise UnreadableCsv("O arquivo está vazio. Preencha o modelo e envie de novo.")
    if found := _CONTROL.search(text):
        line = len(_LINE_END.findall(text, 0, found.start())) + 1
        raise UnreadableCsv(
            f"Este arquivo não é um CSV. A linha {line} tem um caractere que não se vê nem se imprime "
            f"(código {ord(found[0])}). {SAVE_AGAIN}"
        )
    if "\ufffd" in text:
        line = len(_LINE_END.findall(text, 0, text.index("\ufffd"))) + 1
        raise UnreadableCsv(
            f"Este arquivo não é um CSV. A linha {line} perdeu letras com acento (\ufffd): o arquivo foi "
            f"salvo com outra codificação. {SAVE_AGAIN}"
        )
    return text


def records(
    text: str, *, fits: Callable[[Sequence[str]], int]
) -> Iterator[tuple[int, list[str]] | OpenQuote]:
    """Each record of a `decoded` text with the line it begins at; blank ones are left out.

    The separator is the one by which `fits` finds the most in the first record: of those that find as much,
    the one that `sep=` says in the line before it.
    """
    text = text.lstrip(MARK)
    skipped = 0
    if declared := _SEPARATOR_LINE.match(text):
        text, skipped = text[declared.end() :].lstrip(MARK), 1
    delimiter = _delimiter(text, fits, (declared[1] if declared else "") + DELIMITERS)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield OpenQuote(line + skipped)
            return
        if any(cell.strip() for cell in cells):
            yield line + skipped, [cell.replace("\v", "\n").replace("\f", "\n") for cell in cells]
        line = reader.line_num + 1


def _text(data: bytes, is_right: Callable[[str], bool]) -> str:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return data.decode(name, errors="replace")
    if name := _unmarked_utf16(data):
        return data.decode(name, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        texts = [data.decode(page, errors="replace") for page in _OLD_PAGES]
        return next(filter(is_right, texts), texts[0])


def _unmarked_utf16(data: bytes) -> str:
    """Half of the bytes of plain letters in UTF-16 are nothing, always the same half."""
    start = data[:400]
    even, odd = start[::2].count(0), start[1::2].count(0)
    if len(start) < 4 or max(even, odd) * 4 < len(start) or min(even, odd):
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def _delimiter(text: str, fits: Callable[[Sequence[str]], int], candidates: str) -> str:
    def found(delimiter: str) -> tuple[int, int]:
        cells = next(csv.reader(io.StringIO(text.lstrip("\r\n"), newline=""), delimiter=delimiter), [])
        return fits(cells), len(cells)

    return max((sign for sign in candidates if sign not in _NO_SEPARATORS), key=found)
