"""A document as a structure of plain texts, which a printer and a page set in their own ways. Pure.

Texts are already in Portuguese and formatted. The same paper is printed as a PDF (`render_paper`) and shown
on a phone (the macro `reading`), so that what is read is what is signed.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

SECTION, SUBSECTION = 1, 2
FIRST_LAYOUT = "contract_1"  # templates/documents/<layout>.typ; a released layout never changes


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows; `level` 1 or 2."""

    kind: ClassVar = "heading"

    text: str
    level: int = SECTION

    def __post_init__(self) -> None:
        if self.level not in {SECTION, SUBSECTION}:
            raise ValueError(f"a heading of level {self.level}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text. `mark` is its number in a clause ("2.1", "a)"), hanging before it; "" for none."""

    kind: ClassVar = "paragraph"

    text: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Names with their values (("CNPJ", "11.222.333/0001-81"), …), in reading order."""

    kind: ClassVar = "facts"

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; figures stand right aligned."""

    title: str
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts under columns; `total` is a last row that sums them up, () for none.

    Raises:
        ValueError: a row, or the total, has not one text a column.
    """

    kind: ClassVar = "table"

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in (*self.rows, *((self.total,) if self.total else ())):
            if len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} texts under {len(self.columns)} columns")


type Part = Heading | Paragraph | Facts | Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A document. `number` identifies it on every page; `parts` are in reading order.

    Raises:
        ValueError: a heading of level 2 before the first of level 1, which no screen reader could place.
    """

    title: str
    subtitle: str
    number: str
    parts: tuple[Part, ...]

    def __post_init__(self) -> None:
        levels = [part.level for part in self.parts if isinstance(part, Heading)]
        if levels and levels[0] != SECTION:
            raise ValueError("the first heading has to be of level 1")


_KINDS = {part.kind: part for part in (Heading, Paragraph, Facts, Table)}


def paper_to_json(paper: Paper) -> dict[str, Any]:
    """The paper as it is stored and handed to a layout; each part names its `kind`."""
    return {
        "title": paper.title,
        "subtitle": paper.subtitle,
        "number": paper.number,
        "parts": [{"kind": part.kind, **asdict(part)} for part in paper.parts],
    }


def paper_from_json(data: Mapping[str, Any]) -> Paper:
    """The paper that `paper_to_json` wrote, after a stay in the database.

    Raises:
        KeyError, TypeError, ValueError: it did not.
    """
    return Paper(
        title=data["title"],
        subtitle=data["subtitle"],
        number=data["number"],
        parts=tuple(_part_from_json(part) for part in data["parts"]),
    )


def digest_of(paper: Paper) -> str:
    """The SHA-256 of everything the paper says, in hex."""
    text = json.dumps(paper_to_json(paper), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _part_from_json(data: Mapping[str, Any]) -> Part:
    values = {name: _frozen(value) for name, value in data.items() if name != "kind"}
    if data["kind"] == "table":
        values["columns"] = tuple(Column(**column) for column in data["columns"])
    return _KINDS[data["kind"]](**values)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value
