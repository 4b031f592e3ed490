"""A return cut into parts that are read each by itself: what belongs to a title stays with it. Pure."""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from typing import BinaryIO

from portal.banking.rules.return_layouts import Layout
from portal.banking.rules.return_reading import Occurrence

AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class FilePart:
    """Some lines of a file, byte by byte as they came; `first_line` counts from 1."""

    first_line: int
    content: bytes

    @property
    def last_line(self) -> int:
        """No line of it has a higher number."""
        return self.first_line + self.content.count(b"\n")


@dataclass(frozen=True, slots=True)
class Outline:
    """How many titles a file tells of, and whether any of its payments is like another one of it."""

    titles: int
    has_repeats: bool


def parts_of(stream: BinaryIO, layout: Layout, *, at_once: int) -> Iterator[FilePart]:
    """A whole file, in parts of so many titles; the last one has what is left."""
    stream.seek(0)
    lines: list[bytes] = []
    first = titles = 0
    for number, line in enumerate(stream, start=1):
        begins = number > 1 and _begins_title(line, layout)
        if begins and titles == at_once:
            yield FilePart(first, b"".join(lines))
            lines, first, titles = [], 0, 0
        first = first or number
        titles += begins
        lines.append(line)
    yield FilePart(first or 1, b"".join(lines))


def outline_of(read: Iterable[Occurrence]) -> Outline:
    """Count what a file tells, keeping eight bytes of a payment.

    Raises:
        UnreadableFile: as what is counted does.
    """
    titles, seen = 0, array("q")
    for one in read:
        titles += 1
        if one.meaning.brings_money:
            digest = blake2b(one.likeness.encode(), digest_size=8).digest()
            seen.append(int.from_bytes(digest, signed=True))
    has_repeats = any(one == other for one, other in pairwise(sorted(seen)))
    return Outline(titles, has_repeats)


def _begins_title(line: bytes, layout: Layout) -> bool:
    if layout.size == 400:
        return line[:1].decode("latin-1") in layout.details
    return line[7:8] == b"3" and line[13:14] == b"T"
