"""Whether a return file is whole: its lines' length, its counters, and that what belongs together is there.

What is wrong is a `Fault` of one line. A file with one is refused whole; finance may have it processed all
the same, line by line and with a reason. Pure, and no more is held than the counters and the first faults.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from portal.banking.rules.return_layouts import NOWHERE, Layout
from portal.banking.rules.return_lines import Line, lines_of, text_in

MOST_FAULTS = 50


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a line, as a sentence."""

    line: int
    said: str


@dataclass(slots=True)
class _Counts:
    lines: int = 0
    records: int = 0  # of the batch
    batches: int = 0
    faces_cents: int = 0
    ended: bool = False
    is_batch_open: bool = False
    waits_for_second: int = 0  # the line of a segment T whose U is to come
    short: list[Fault] = field(default_factory=list)


def find_faults(stream: BinaryIO, layout: Layout) -> list[Fault]:
    """What is wrong with a file, the first `MOST_FAULTS`.

    A line that is too short is a fault only when something else does not agree either, and stands after it:
    blanks at the end get lost on the way, and mean nothing.

    Raises:
        UnreadableFile: it is no file of lines.
    """
    counts, found = _Counts(), list[Fault]()
    for fault in _faults(lines_of(stream), layout, counts):
        found.append(fault)
        if len(found) >= MOST_FAULTS:
            break
    return [*found, *counts.short][:MOST_FAULTS] if found else []


def padded(content: bytes, layout: Layout) -> bytes:
    """A line at its length: blanks that were lost are there again, what is beyond is not."""
    return content.ljust(layout.size)[: layout.size]


def _faults(lines: Iterable[Line], layout: Layout, counts: _Counts) -> Iterator[Fault]:
    check = _check_400 if layout.size == 400 else _check_240
    for line in lines:
        counts.lines = line.number
        length = len(line.content)
        if length != layout.size:
            said = Fault(line.number, f"tem {length} posições em vez de {layout.size}")
            if length > layout.size:
                yield said
            elif len(counts.short) < MOST_FAULTS:
                counts.short.append(said)
        if counts.ended:
            yield Fault(line.number, "vem depois do registro que encerra o arquivo")
            continue
        yield from check(line.number, padded(line.content, layout), layout, counts)
    if counts.waits_for_second:
        yield Fault(counts.waits_for_second, "traz um segmento T sem o seu segmento U")
    if not counts.ended:
        yield Fault(counts.lines, "é a última, mas não é o registro que encerra o arquivo: falta o resto")


def _check_400(number: int, record: bytes, layout: Layout, counts: _Counts) -> Iterator[Fault]:
    kind = text_in(record, 1, 1)
    if text_in(record, 395, 400) != f"{number:06d}":
        yield Fault(number, f"diz ser a {text_in(record, 395, 400) or 'de número nenhum'}, e é a {number}")
    if number == 1:
        return
    if kind in layout.details:
        faces = text_in(record, *layout.face)
        counts.faces_cents += int(faces) if faces.isascii() and faces.isdigit() else 0
    elif kind == "9":
        counts.ended = True
        if layout.sum_of_faces != NOWHERE:
            said = text_in(record, *layout.sum_of_faces)
            if said != f"{counts.faces_cents:014d}":
                yield Fault(number, "traz um total de títulos que não é a soma dos títulos do arquivo")
    elif layout.pix is None or kind != layout.pix.kind:
        yield Fault(number, f"tem um tipo de registro que não conhecemos: {kind or 'em branco'}")


def _check_240(number: int, record: bytes, _layout: Layout, counts: _Counts) -> Iterator[Fault]:
    kind, segment = text_in(record, 8, 8), text_in(record, 14, 14)
    if counts.waits_for_second and not (kind == "3" and segment == "U"):
        yield Fault(counts.waits_for_second, "traz um segmento T sem o seu segmento U")
        counts.waits_for_second = 0
    counts.records += 1
    if kind == "1":
        counts.records, counts.is_batch_open = 1, True
        counts.batches += 1
    elif kind == "3":
        yield from _check_segment(number, segment, counts)
    elif kind == "5":
        counts.is_batch_open = False
        if text_in(record, 18, 23) != f"{counts.records:06d}":
            yield Fault(number, f"conta outro número de registros no lote, que tem {counts.records}")
    elif kind == "9":
        yield from _check_end_240(number, record, counts)
    elif number != 1:
        yield Fault(number, f"tem um tipo de registro que não conhecemos: {kind or 'em branco'}")


def _check_segment(number: int, segment: str, counts: _Counts) -> Iterator[Fault]:
    if segment == "T":
        counts.waits_for_second = number
    elif segment == "U":
        if not counts.waits_for_second:
            yield Fault(number, "traz um segmento U sem o seu segmento T")
        counts.waits_for_second = 0
    elif segment != "Y":
        yield Fault(number, f"tem um segmento que não conhecemos: {segment or 'em branco'}")


def _check_end_240(number: int, record: bytes, counts: _Counts) -> Iterator[Fault]:
    counts.ended = True
    if counts.is_batch_open:
        yield Fault(number, "encerra o arquivo antes do registro que encerra o lote")
    if text_in(record, 24, 29) != f"{number:06d}":
        yield Fault(number, f"conta outro número de registros no arquivo, que tem {number}")
    if text_in(record, 18, 23) != f"{counts.batches:06d}":
        yield Fault(number, f"conta outro número de lotes no arquivo, que tem {counts.batches}")
