"""The command: `python -m calculator price --catalog FILE [--lines] < selection.json`.

Prints the breakdown of one selection as JSON; an error leaves status 2 and one JSON object on stderr. With
`--lines` it reads one selection a line and answers each on a line of its own at once, in order, in constant
memory: the breakdown, or the error object of a refused one, with status 0.
"""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, NoReturn

from calculator import (
    PriceList,
    PriceListError,
    Problem,
    SelectionRefused,
    breakdown_to_json,
    parse_price_list,
    parse_selection,
    price_quote,
)
from calculator.refusals import invalid_selection

USAGE = "Uso: python -m calculator price --catalog ARQUIVO [--lines] < selecao.json"
STATUS_ERROR = 2
STATUS_INTERRUPTED = 130
MAX_SELECTION_BYTES = 1 << 20
MAX_CATALOG_BYTES = 1 << 24


class CommandError(Exception):
    """The command cannot go on; `message` is in Portuguese."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def to_json(self) -> dict[str, dict[str, str]]:
        """The object printed on stderr."""
        return {"error": {"code": self.code, "message": self.message}}


def main(arguments: Sequence[str]) -> int:
    """Run the command and answer its exit status."""
    try:
        options = _Parser(prog="python -m calculator").parse(arguments)
        price_list = _read_price_list(options.catalog)
        if options.lines:
            for answer in _answers(price_list):
                _write(answer, indent=None)
        else:
            _write(_answer(_read_selection(), price_list), indent=2)
    except (SelectionRefused, PriceListError, CommandError) as error:
        _complain(error.to_json())
        return STATUS_ERROR
    except KeyboardInterrupt:
        return STATUS_INTERRUPTED
    return 0


class _Parser(argparse.ArgumentParser):
    """The arguments of the command, its errors as one JSON object like every other."""

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        commands = self.add_subparsers(required=True, metavar="price")
        price = commands.add_parser("price", allow_abbrev=False)
        price.add_argument("--catalog", required=True)
        price.add_argument("--lines", action="store_true")
        return self.parse_args(arguments)

    def error(self, message: str) -> NoReturn:
        raise CommandError("invalid_command", USAGE)

    def format_help(self) -> str:
        return f"{USAGE}\n\nCom --lines, lê uma seleção por linha e responde uma linha para cada uma.\n"


def _read_price_list(name: str) -> PriceList:
    try:
        with Path(name).open("rb") as file:
            raw = file.read(MAX_CATALOG_BYTES + 1)
    except OSError:
        message = "O arquivo não pode ser lido. Confira o caminho e a permissão."
        raise PriceListError([Problem(None, "", message)]) from None
    if len(raw) > MAX_CATALOG_BYTES:
        raise PriceListError([Problem(None, "", "O arquivo é grande demais para uma tabela de preços.")])
    try:
        return parse_price_list(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise PriceListError([Problem(line, "", "O arquivo não está em UTF-8.")]) from None


def _answer(raw: bytes, price_list: PriceList) -> dict[str, Any]:
    return breakdown_to_json(price_quote(parse_selection(_decode(raw)), price_list))


def _answers(price_list: PriceList) -> Iterator[dict[str, Any]]:
    for raw in _input_lines():
        try:
            yield _answer(raw, price_list)
        except SelectionRefused as refused:
            yield refused.to_json()


def _read_selection() -> bytes:
    with _readable_input() as stream:
        return stream.read(MAX_SELECTION_BYTES + 1)


def _input_lines() -> Iterator[bytes]:
    """The lines of the input; of one that is too long only enough to see that it is."""
    with _readable_input() as stream:
        while raw := stream.readline(MAX_SELECTION_BYTES + 1):
            rest = raw
            while rest and not rest.endswith(b"\n"):
                rest = stream.readline(MAX_SELECTION_BYTES + 1)
            yield raw


@contextlib.contextmanager
def _readable_input() -> Iterator[IO[bytes]]:
    if sys.stdin is None:  # closed by whoever started the command
        raise CommandError("input_unreadable", "A entrada está fechada.")
    try:
        yield sys.stdin.buffer
    except OSError:
        raise CommandError("input_unreadable", "A entrada não pode ser lida.") from None


def _decode(raw: bytes) -> object:
    if len(raw) > MAX_SELECTION_BYTES:
        raise invalid_selection("A seleção é grande demais.")
    if not raw.strip():
        raise invalid_selection("A entrada está vazia: falta a seleção em JSON.")
    try:
        return _DECODER.decode(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise invalid_selection("A seleção não está em UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"linha {error.lineno}, coluna {error.colno}"
        raise invalid_selection(f"A seleção não é um JSON válido ({where}).") from None
    except (ValueError, RecursionError):  # NaN, a key given twice, a number without end, nesting without end
        raise invalid_selection("A seleção não é um JSON válido.") from None


def _without_repeated_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a key stands twice in an object")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_without_repeated_keys, parse_constant=_refuse_constant)


def _write(answer: dict[str, Any], *, indent: int | None) -> None:
    """Print one answer at once, so that whoever asks line by line is not left waiting."""
    if sys.stdout is None:
        raise CommandError("output_closed", "A saída está fechada.")
    try:
        sys.stdout.buffer.write(_encode(answer, indent=indent))
        sys.stdout.buffer.flush()
    except OSError:
        # What is still buffered goes nowhere, or the interpreter would try it again on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise CommandError("output_closed", "A saída foi fechada antes do fim.") from None


def _complain(error: dict[str, Any]) -> None:
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.buffer.write(_encode(error, indent=None))
            sys.stderr.buffer.flush()


def _encode(answer: dict[str, Any], *, indent: int | None) -> bytes:
    text = (
        _ONE_LINE.encode(answer) if indent is None else json.dumps(answer, ensure_ascii=False, indent=indent)
    )
    # A lone surrogate typed in a code is no UTF-8; escaped as "\udxxx" it is what JSON would write anyway.
    return text.encode(errors="backslashreplace") + b"\n"


_ONE_LINE = json.JSONEncoder(ensure_ascii=False)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
