"""The marks in which the clauses of a contract are written. Pure.

    # Objeto            a clause; clauses are numbered as they come
    A CONTRATADA …      a paragraph, numbered in its clause
    - item              an item of the paragraph before it, lettered a), b), …

One line each; blank lines mean nothing. Text before the first clause has no number. Everything else is
text and stays so.
"""

from collections.abc import Iterator
from pathlib import Path

from portal.documents.rules.paper import Heading, Paragraph, Part
from portal.shared.refusals import Refusal

FIRST_CLAUSES = (
    Path(__file__).resolve().parents[3] / "templates" / "documents" / "contract_1.txt"
).read_text(encoding="utf-8")
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
    for line, content in _lines(text):
        if content.startswith("#"):
            _refuse_empty(parts, line)
            clause, paragraph, item = clause + 1, 0, 0
            parts.append(Heading(f"{clause}. {_name_of(content, line)}"))
        elif content.startswith("- "):
            if item == len(LETTERS):
                raise UnreadableClauses(
                    f"Linha {line}: a lista tem mais de {len(LETTERS)} itens. Divida-a em duas."
                )
            parts.append(Paragraph(content[2:].strip(), f"{LETTERS[item]})"))
            item += 1
        else:
            paragraph, item = paragraph + 1, 0
            parts.append(Paragraph(content, f"{clause}.{paragraph}" if clause else ""))
    _refuse_empty(parts, len(text.splitlines()))
    if not clause:
        raise UnreadableClauses(
            "Falta ao menos uma cláusula: uma linha que começa com “# ”, seguida do nome dela."
        )
    return tuple(parts)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield number, line.strip()


def _name_of(content: str, line: int) -> str:
    name = content.lstrip("#").strip()
    if not name:
        raise UnreadableClauses(f"Linha {line}: escreva o nome da cláusula depois de “#”.")
    return name


def _refuse_empty(parts: list[Part], line: int) -> None:
    if parts and isinstance(parts[-1], Heading):
        raise UnreadableClauses(f"Linha {line}: a cláusula “{parts[-1].text}” está sem texto.")
