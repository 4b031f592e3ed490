"""The monthly index as it is sent in, and what of it may be stored. Pure.

A month is a number (`calculator.month_number`), a variation an integer of hundredths of a percent.
"""

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from calculator import IndexFileError, MonthlyIndex, day_in_month, month_number, parse_monthly_index
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Conflict, Refusal

MAX_FILE_BYTES = 100 * 1024
LARGEST_VARIATION = 1_500  # no month of the index since 1994 is beyond 6 %
OTHER_SERIES_FROM = 2  # one revised month happens; two at once are another series
_DAY = re.compile(r"01/(0[1-9]|1[0-2])/([0-9]{4})")
_VALUE = re.compile(r"-?[0-9]{1,2}\.[0-9]{1,2}")


class IndexSource(LabeledEnum):
    """Where a month's figure comes from."""

    INITIAL = "initial", "Instalação do portal"
    CSV = "csv", "Arquivo CSV"
    CENTRAL_BANK = "central_bank", "Banco Central (JSON)"


class IndexRefused(Refusal):
    """A file of the index of which nothing is stored."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="file")


class RevisionToConfirm(Conflict):
    """The file gives a stored month another figure, and nobody said that this is meant."""

    def __init__(self, words: str) -> None:
        super().__init__(
            f"{words} Se for uma revisão oficial, marque a confirmação e envie de novo.", field="file"
        )


class IndexChange(NamedTuple):
    """What a file brings: months that are new, and stored months with another figure; both by month."""

    new: Mapping[int, int]
    revised: Mapping[int, int]


def month_text(month: int) -> str:
    """ "12/2025"."""
    return f"{day_in_month(month, 1):%m/%Y}"


def percent_text(basis_points: int) -> str:
    """Hundredths of a percent as people read them: "6,54 %", "−3,04 %"."""
    sign = "\N{MINUS SIGN}" if basis_points < 0 else ""
    whole, part = divmod(abs(basis_points), 100)
    return f"{sign}{whole},{part:02d}\N{NO-BREAK SPACE}%"


def text_of_file(content: bytes) -> str:
    """The text of a file, a byte order mark at its start set aside. Raises `IndexRefused`."""
    if len(content) > MAX_FILE_BYTES:
        raise IndexRefused(f"O arquivo passa de {MAX_FILE_BYTES // 1024} KB. Envie só a série do IGP-M.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise IndexRefused("O arquivo não está em UTF-8. Salve de novo como CSV UTF-8 ou JSON.") from None


def read_index(text: str) -> tuple[IndexSource, dict[int, int]]:
    """The months of a file: the Banco Central's JSON, or a CSV. Raises `IndexRefused`."""
    if text.lstrip().startswith(("[", "{")):
        return IndexSource.CENTRAL_BANK, _read_json(text)
    if text.lstrip().startswith("<"):
        raise IndexRefused(
            "Isto é uma página, não a série: o Banco Central está sobrecarregado. Baixe de novo."
        )
    try:
        return IndexSource.CSV, parse_monthly_index(text)
    except IndexFileError as error:
        raise IndexRefused(str(error)) from None


def check_index(sent: MonthlyIndex, *, stored: MonthlyIndex, today: date) -> IndexChange:
    """What of a file is new or revised against what is stored.

    Raises:
        IndexRefused: it is empty, has a gap inside or after what is stored, begins before it, has a figure
            that no month can have or a month that is still to come, or is another series.
    """
    if not sent:
        raise IndexRefused("O arquivo não tem nenhum mês.")
    first, last = min(sent), max(sent)
    _require_row(sent, first, last)
    if last > month_number(today):
        raise IndexRefused(f"O mês {month_text(last)} ainda não chegou. Confira o arquivo.")
    if stored and first > max(stored) + 1:
        missing = month_text(max(stored) + 1)
        raise IndexRefused(f"Falta o mês {missing}, que vem depois do último guardado. Inclua-o no arquivo.")
    if stored and first < min(stored):
        raise IndexRefused(f"O arquivo começa antes de {month_text(min(stored))}, o primeiro mês guardado.")
    revised = {month: value for month, value in sent.items() if stored.get(month, value) != value}
    if len(revised) >= OTHER_SERIES_FROM:
        raise IndexRefused(
            f"{len(revised)} meses diferem do IGP-M guardado, a começar por {month_text(min(revised))}."
            " Isto parece outra série: o IGP-M é a série 189 do Banco Central."
        )
    return IndexChange({month: sent[month] for month in sorted(sent) if month not in stored}, revised)


def revision_words(change: IndexChange, stored: MonthlyIndex) -> str:
    """What a file would change of what is stored."""
    return " ".join(
        f"{month_text(month)} está guardado com {percent_text(stored[month])}"
        f" e o arquivo traz {percent_text(value)}."
        for month, value in change.revised.items()
    )


def _require_row(sent: MonthlyIndex, first: int, last: int) -> None:
    for month in range(first, last + 1):
        if month not in sent:
            raise IndexRefused(f"Falta o mês {month_text(month)} no meio do arquivo.")
        if abs(sent[month]) > LARGEST_VARIATION:
            raise IndexRefused(
                f"{month_text(month)}: {percent_text(sent[month])} não pode ser a variação de um mês."
            )


def _read_json(text: str) -> dict[int, int]:
    try:
        rows = json.loads(text, parse_float=lambda _: None)  # a figure is a text here
    except ValueError:
        raise IndexRefused("O arquivo não é um JSON completo. Baixe de novo do Banco Central.") from None
    if not isinstance(rows, list):
        raise IndexRefused("O JSON precisa ser a lista do Banco Central, com “data” e “valor”.")
    index: dict[int, int] = {}
    for place, row in enumerate(rows, 1):
        month, value = _read_row(row, place)
        if month in index:
            raise IndexRefused(f"Item {place}: o mês {month_text(month)} já apareceu antes.")
        index[month] = value
    return index


def _read_row(row: object, place: int) -> tuple[int, int]:
    if isinstance(row, dict) and row.keys() == {"data", "valor"}:
        day, value = row["data"], row["valor"]
        found = _DAY.fullmatch(day) if isinstance(day, str) else None
        if found and isinstance(value, str) and _VALUE.fullmatch(value):
            whole, _, part = value.lstrip("-").partition(".")
            size = int(whole) * 100 + int(part.ljust(2, "0"))
            return int(found[2]) * 12 + int(found[1]) - 1, -size if value.startswith("-") else size
    raise IndexRefused(
        f'Item {place}: escreva como o Banco Central, {{"data": "01/10/2025", "valor": "-0.36"}}.'
    )
