"""The lines of a file of the bank, one after the other: no more of it is held than the line at hand. Pure."""

from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from portal.shared.refusals import Refusal

LONGEST = 1_000  # no bank's line is half as long; what goes on is no file of lines
_BEGINNINGS = (
    (b"\xef\xbb\xbf", "O arquivo foi salvo por um editor de texto, que pôs uma marca no começo."),
    (b"\xff\xfe", "O arquivo foi salvo por um editor de texto, com outra codificação."),
    (b"\xfe\xff", "O arquivo foi salvo por um editor de texto, com outra codificação."),
    (b"<", "O arquivo é uma página da internet, talvez um aviso de erro do site do banco."),
    (b"PK", "O arquivo está compactado. Abra-o e envie o retorno que está dentro."),
)


class UnreadableFile(Refusal):
    """The file is no return file of our accounts, or it is damaged; nothing of it was used."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


class Line(NamedTuple):
    """A line without its end. `number` counts from 1."""

    number: int
    content: bytes


def lines_of(stream: BinaryIO, *, first: int = 1) -> Iterator[Line]:
    """The lines from the beginning on; empty ones at the end are none.

    `first` is the number of the first line, when the stream is a part of a file.

    Raises:
        UnreadableFile: what begins like something else, holds NUL bytes, or a line that never ends.
    """
    stream.seek(0)
    if first == 1:
        _require_beginning(stream)
    number, empty = first - 1, 0
    while raw := stream.readline(LONGEST):
        number += 1
        if b"\0" in raw or len(raw) == LONGEST:
            raise UnreadableFile(
                f"A linha {number} não é de um arquivo CNAB. Baixe o arquivo do banco de novo, sem abri-lo."
            )
        content = raw.rstrip(b"\r\n\x1a")
        if not content:
            empty += 1
            continue
        if empty:
            yield from (Line(before, b"") for before in range(number - empty, number))
            empty = 0
        yield Line(number, content)


def _require_beginning(stream: BinaryIO) -> None:
    beginning = stream.read(4).lstrip(b" \r\n\t")
    for mark, said in _BEGINNINGS:
        if beginning.startswith(mark):
            raise UnreadableFile(f"{said} Baixe o arquivo do banco de novo, sem abri-lo.")
    stream.seek(0)


def numbers_in(cells: Sequence[str], record: bytes, spans: Sequence[tuple[int, int]], line: int) -> list[int]:
    """As `number_in`, for all `cells` that were taken from these positions of a record."""
    if "".join(cells).isdecimal():  # nearly always
        return [int(cell or 0) for cell in cells]
    return [number_in(record, *span, line) for span in spans]


def number_in(record: bytes, first: int, last: int, line: int) -> int:
    """The digits at these positions; blanks are 0.

    Raises:
        UnreadableFile: naming the line that has something else there.
    """
    text = record[first - 1 : last].strip()
    if not text:
        return 0
    if not text.isdigit():
        raise UnreadableFile(
            f"Na linha {line}, posições {first} a {last}, há letras onde deveria haver um número."
        )
    return int(text)


def text_in(record: bytes, first: int, last: int) -> str:
    """What stands at these positions, without blanks around it."""
    return record[first - 1 : last].decode("latin-1").strip()
