"""The line of each key in a TOML text."""

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from calculator.toml_lines import key_lines
from tests.calculator.samples import CATALOG_TEXT

ALL_FORMS = '''# a comment with = and [brackets]
top = 1
"quoted key" = { a = 1, "b.c" = [1, 2] } # trailing = comment

[plain.table]
text = "a # no comment, \\" no end"
raw = 'c:\\path'
many = """
[not.a.table]
key = "not a key"
\\""" still inside"""
rawmany = \'\'\'
x = 1\'\'\'
numbers = [
  1, # one
  2,
  { deep = [3] },
]
when = 2026-06-01 10:00:00
dotted . key = true
'literal' = -1.5e3

[[list]]
of = "tables"
[[list]]
of = "more"
'''


class TestTheLineOfAKey:
    def test_is_found_in_every_form_of_toml(self) -> None:
        tomllib.loads(ALL_FORMS)
        lines = key_lines(ALL_FORMS)
        assert {".".join(path): line for path, line in lines.items()} == {
            "top": 2,
            "quoted key": 3,
            "quoted key.a": 3,
            "quoted key.b.c": 3,
            "quoted key.b.c.0": 3,
            "quoted key.b.c.1": 3,
            "plain": 5,
            "plain.table": 5,
            "plain.table.text": 6,
            "plain.table.raw": 7,
            "plain.table.many": 8,
            "plain.table.rawmany": 12,
            "plain.table.numbers": 14,
            "plain.table.numbers.0": 15,
            "plain.table.numbers.1": 16,
            "plain.table.numbers.2": 17,
            "plain.table.numbers.2.deep": 17,
            "plain.table.numbers.2.deep.0": 17,
            "plain.table.when": 19,
            "plain.table.dotted": 20,
            "plain.table.dotted.key": 20,
            "plain.table.literal": 21,
            "list": 23,
            "list.of": 24,
        }

    def test_does_not_depend_on_the_ends_of_lines(self) -> None:
        assert key_lines(ALL_FORMS.replace("\n", "\r\n")) == key_lines(ALL_FORMS)

    def test_is_known_for_every_value_of_the_demonstration_list(self) -> None:
        lines = key_lines(CATALOG_TEXT)
        assert _paths(tomllib.loads(CATALOG_TEXT)) <= lines.keys()

    @given(st.lists(st.tuples(st.text(), st.text() | st.integers() | st.booleans()), max_size=6))
    def test_is_its_own_whatever_stands_in_keys_and_values(self, pairs: list[tuple[str, Any]]) -> None:
        document = dict(pairs)
        text = "".join(f"{_string(key)} = {_value(value)}\n\n" for key, value in document.items())
        assert tomllib.loads(text) == document
        assert key_lines(text) == {(key,): 1 + 2 * position for position, key in enumerate(document)}


def _paths(value: Any, path: tuple[str, ...] = ()) -> set[tuple[str, ...]]:
    if not isinstance(value, dict):
        return {path}
    return {path for path in [path] if path} | {
        below for key, item in value.items() for below in _paths(item, (*path, key))
    }


def _string(text: str) -> str:
    """A TOML basic string, everything that is not a letter or digit escaped."""
    return '"' + "".join(letter if letter.isalnum() else f"\\U{ord(letter):08x}" for letter in text) + '"'


def _value(value: str | int | bool) -> str:
    if isinstance(value, str):
        return _string(value)
    return str(value).lower()
