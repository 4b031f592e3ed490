"""Where each key of a TOML text stands.

The standard library reads TOML but does not say on which line a value was, and a price list is refused by
naming the line. This walks a text that is already known to be valid, looking only at keys and the ends of
values.
"""

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping

type Path = tuple[str, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'""")
_STRING = re.compile(
    r'''"""(?:[^\\]|\\.)*?"{3,5}'''
    r"""|'{3}.*?'{3,5}"""
    r'''|"(?:[^"\\\n]|\\.)*"'''
    r"""|'[^'\n]*'""",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> Mapping[Path, int]:
    """The line, from 1, where each path of a valid TOML text first appears; array items count as "0", "1"."""
    walk = _Walk(text)
    walk.document()
    return walk.lines


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.line_starts = [0, *(found.end() for found in re.finditer("\n", text))]

    def document(self) -> None:
        table: Path = ()
        self.skip(_SPACE)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self.header()
            else:
                self.pair(table)
            self.skip(_SPACE)

    def header(self) -> Path:
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        self.at += brackets
        table = self.key(())
        self.at += brackets
        return table

    def pair(self, table: Path) -> None:
        path = self.key(table)
        self.at += 1  # the equals sign
        self.skip(_BLANK)
        self.value(path)

    def key(self, table: Path) -> Path:
        """Read a dotted key and note the line of each of its prefixes."""
        path = table
        while True:
            self.skip(_BLANK)
            path = (*path, _plain(self.take(_KEY)))
            self.note(path)
            self.skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return path
            self.at += 1

    def value(self, path: Path) -> None:
        start = self.text[self.at]
        if start in "\"'":
            self.take(_STRING)
        elif start == "[":
            self.array(path)
        elif start == "{":
            self.inline_table(path)
        else:
            self.take(_SCALAR)

    def array(self, path: Path) -> None:
        self.at += 1
        position = 0
        self.skip(_SPACE)
        while self.text[self.at] != "]":
            item = (*path, str(position))
            self.note(item)
            self.value(item)
            position += 1
            self.skip_comma()
        self.at += 1

    def inline_table(self, path: Path) -> None:
        self.at += 1
        self.skip(_SPACE)
        while self.text[self.at] != "}":
            self.pair(path)
            self.skip_comma()
        self.at += 1

    def skip_comma(self) -> None:
        self.skip(_SPACE)
        if self.text[self.at] == ",":
            self.at += 1
            self.skip(_SPACE)

    def skip(self, pattern: re.Pattern[str]) -> None:
        self.take(pattern)

    def take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise ValueError("key_lines needs a valid TOML text")
        self.at = found.end()
        return found.group()

    def note(self, path: Path) -> None:
        self.lines.setdefault(path, bisect_right(self.line_starts, self.at))


def _plain(key: str) -> str:
    """A key without its quotes; the standard library undoes the escapes."""
    return key if key[0] not in "\"'" else next(iter(tomllib.loads(f"{key} = 0")))
