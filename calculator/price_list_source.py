"""A price list's file while it is being read: typed access to its values, and every problem found so far."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from calculator.money import MoneyError, PercentError, parse_money, parse_percent
from calculator.refusals import quoted
from calculator.toml_lines import Path, key_lines

MAX_LABEL = 120
_CODE = re.compile(r"[A-Za-z0-9_-]{1,40}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SYNTAX_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


class Problem(NamedTuple):
    """One thing to mend in the file: its line (if any), its dotted path, and what to do in Portuguese."""

    line: int | None
    path: str
    message: str

    def __str__(self) -> str:
        where = f"linha {self.line}" if self.line else "arquivo"
        return f"{where}: {self.message}" if not self.path else f"{where} ({self.path}): {self.message}"


class PriceListError(ValueError):
    """A file that is no usable price list; `problems` holds all of them, in the order of the lines."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line or 0)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def to_json(self) -> dict[str, dict[str, Any]]:
        """The object the command prints: `{"error": {"code", "message", "problems"}}`."""
        count = len(self.problems)
        found = "1 problema" if count == 1 else f"{count} problemas"
        message = f"A tabela de preços não pode ser usada: {found}. O primeiro: {self.problems[0]}"
        problems = [problem._asdict() for problem in self.problems]
        return {"error": {"code": "invalid_price_list", "message": message, "problems": problems}}


class Source:
    """The values of one file. A value that is missing or wrong is noted and replaced by a harmless one."""

    def __init__(self, text: str) -> None:
        """Raises `PriceListError` at once for a text that is not TOML: nothing more can be found in it."""
        try:
            self.data: dict[str, Any] = tomllib.loads(text)
            self.lines: Mapping[Path, int] = key_lines(text)
        except tomllib.TOMLDecodeError as error:
            raise PriceListError([_syntax_problem(error, text)]) from None
        except (RecursionError, ValueError):  # nested beyond reason, or a number of thousands of digits
            raise PriceListError([Problem(None, "", "O arquivo não pode ser lido como TOML.")]) from None
        self.problems: list[Problem] = []

    def problem(self, path: Path, message: str) -> None:
        """Note a problem at the line of the path, or of the nearest table around it."""
        around = path
        while around and around not in self.lines:
            around = around[:-1]
        self.problems.append(Problem(self.lines.get(around), ".".join(path), message))

    def has(self, path: Path) -> bool:
        """Whether the file has a value at the path."""
        return self._find(path) is not None

    def table(self, path: Path, *, keys: Sequence[str] | None = None) -> Mapping[str, Any]:
        """The table at a path; with `keys`, any other key in it is a problem."""
        value = self._find(path)
        if not isinstance(value, dict):
            self.problem(path, "Falta esta seção." if value is None else "Precisa ser uma seção com chaves.")
            return {}
        for key in value:
            if keys is not None and key not in keys:
                self.problem((*path, key), f"Chave desconhecida. Use: {', '.join(keys)}.")
        return value

    def codes(self, path: Path, *, required: bool) -> list[str]:
        """The codes of the things a section declares, in order."""
        if not required and not self.has(path):
            return []
        table = self.table(path)
        if required and not table and self.has(path):
            self.problem(path, "Esta seção precisa de pelo menos um item.")
        for code in table:
            if not _CODE.fullmatch(code):
                self.problem((*path, code), "Use no código só letras sem acento, números, _ e -, até 40.")
        return list(table)

    def text(self, path: Path) -> str:
        """A label or name."""
        value = self._find(path)
        if (
            isinstance(value, str)
            and value.strip()
            and len(value) <= MAX_LABEL
            and not _CONTROL.search(value)
        ):
            return value
        self.problem(path, f"Falta um texto entre aspas, em uma linha, de 1 a {MAX_LABEL} letras.")
        return ""

    def day(self, path: Path) -> date:
        """A day."""
        value = self._find(path)
        if type(value) is date:  # an instant is a date too, to Python
            return value
        self.problem(path, "Falta uma data sem aspas, como 2026-06-01.")
        return date.min

    def count(self, path: Path, *, lowest: int, highest: int) -> int:
        """A whole number within bounds."""
        value = self._find(path)
        if isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest:
            return value
        self.problem(path, f"Falta um número inteiro de {lowest} a {highest}.")
        return lowest

    def flag(self, path: Path) -> bool:
        """A truth value, false when left out."""
        value = self._find(path)
        if value is not None and not isinstance(value, bool):
            self.problem(path, "Precisa ser true ou false.")
        return value is True

    def money(self, path: Path) -> int | None:
        """An amount in centavos, `None` when it is missing or wrong."""
        try:
            return parse_money(self._find(path))
        except MoneyError:
            self.problem(path, "Falta um valor entre aspas, com ponto e duas casas, como “89.90”.")
            return None

    def percent(self, path: Path) -> int:
        """A percentage in parts per million."""
        try:
            return parse_percent(self._find(path))
        except PercentError:
            self.problem(path, "Falta uma porcentagem de 0 a 100 entre aspas, como “6.74”.")
            return 0

    def known_codes(self, path: Path, known: Sequence[str], what: str) -> tuple[str, ...]:
        """A list of codes, each among the known ones; empty when left out."""
        value = self._find(path)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.problem(path, "Precisa ser uma lista de códigos entre colchetes.")
            return ()
        for position, code in enumerate(value):
            if code not in known:
                message = f"{what} {quoted(code)} não existe nesta tabela."
                self.problem((*path, str(position)), message)
            elif code in value[:position]:
                self.problem((*path, str(position)), f"{what} {quoted(code)} está repetido.")
        return tuple(code for code in value if code in known)

    def _find(self, path: Path) -> Any:
        value: Any = self.data
        for key in path:
            if not isinstance(value, dict) or key not in value:
                return None
            value = value[key]
        return value


def _syntax_problem(error: tomllib.TOMLDecodeError, text: str) -> Problem:
    place = _SYNTAX_PLACE.search(str(error))
    if place is None:
        last = len(text.splitlines()) or 1
        return Problem(last, "", "O arquivo termina antes de fechar aspas, um colchete ou uma chave.")
    line, column = int(place[1]), int(place[2])
    message = f"O TOML não está correto na coluna {column}. Confira aspas, colchetes e chaves repetidas."
    return Problem(line, "", message)
