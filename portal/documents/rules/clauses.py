"""The marks in which the clauses of a contract are written. Pure.

    # Objeto            a clause; clauses are numbered as they come
    A CONTRATADA …      a paragraph, numbered in its clause; a blank line ends it
    - item              an item of the paragraph before it, lettered a), b), …

Text before the first clause has no number. Everything else is text and stays so.
"""

from collections.abc import Iterator

from portal.documents.rules.paper import Heading, Paragraph, Part
from portal.shared.refusals import Refusal

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class UnreadableClauses(Refusal):
    """The text of clauses breaks its marks; the message names the line."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="clauses")


def parts_of(text: str) -> tuple[Part, ...]:
    """Clauses as parts of a paper.

    Raises:
        UnreadableClauses: no clause in it, a clause without name or text, or more items than letters.
    """
    parts: list[Part] = []
    clause = paragraph = item = 0
    for line, block in _blocks(text):
        if block.startswith("#"):
            _refuse_empty(parts, line)
            clause, paragraph, item = clause + 1, 0, 0
            parts.append(Heading(f"{clause}. {_name_of(block, line)}"))
        elif block.startswith("- "):
            if item == len(LETTERS):
                raise UnreadableClauses(
                    f"Linha {line}: a lista tem mais de {len(LETTERS)} itens. Divida-a em duas."
                )
            parts.append(Paragraph(block[2:].strip(), f"{LETTERS[item]})"))
            item += 1
        else:
            paragraph, item = paragraph + 1, 0
            parts.append(Paragraph(block, f"{clause}.{paragraph}" if clause else ""))
    _refuse_empty(parts, len(text.splitlines()))
    if not clause:
        raise UnreadableClauses(
            "Falta ao menos uma cláusula: uma linha que começa com “# ”, seguida do nome dela."
        )
    return tuple(parts)


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, text) of each clause line, item and paragraph; lines of one are joined."""
    block: list[str] = []
    first = 0
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        line = raw.strip()
        if block and (not line or line.startswith(("#", "- ")) or block[0].startswith("#")):
            yield first, " ".join(block)
            block = []
        if line:
            first = first if block else number
            block.append(line)


def _name_of(block: str, line: int) -> str:
    name = block.lstrip("#").strip()
    if not name:
        raise UnreadableClauses(f"Linha {line}: escreva o nome da cláusula depois de “#”.")
    return name


def _refuse_empty(parts: list[Part], line: int) -> None:
    if parts and isinstance(parts[-1], Heading):
        raise UnreadableClauses(f"Linha {line}: a cláusula “{parts[-1].text}” está sem texto.")
