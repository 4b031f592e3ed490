"""The demonstration price list, selections for it, and variations of its text."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from calculator import (
    Breakdown,
    PriceList,
    PriceListError,
    Selection,
    SelectionRefused,
    parse_price_list,
    parse_selection,
    price_quote,
)

DATA = Path(__file__).parents[1] / "data"
CATALOG = DATA / "catalog.toml"
CATALOG_TEXT = CATALOG.read_text(encoding="utf-8")
EXAMPLES: dict[str, Any] = json.loads((DATA / "pricing-examples.json").read_text(encoding="utf-8"))
BASE = {
    "on": "2026-06-01",
    "plan": "gestao",
    "term": "monthly",
    "arrangement": "central_cobranca",
    "tier": "prata",
    "payment_method": "boleto",
}


@cache
def demo() -> PriceList:
    """The demonstration price list."""
    return parse_price_list(CATALOG_TEXT)


def demo_with(*replacements: tuple[str, str]) -> PriceList:
    """The demonstration list with pieces of its text replaced."""
    return parse_price_list(demo_text(*replacements))


def demo_text(*replacements: tuple[str, str]) -> str:
    """The demonstration list's text with pieces replaced, each at its first appearance."""
    text = CATALOG_TEXT
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def chosen(**changes: object) -> Selection:
    """A monthly Gestão at Original, by boleto, with the fields of its JSON changed."""
    return parse_selection({**BASE, **changes})


def quote(price_list: PriceList | None = None, /, **changes: object) -> Breakdown:
    """The breakdown of `chosen` under the demonstration list, or another one."""
    return price_quote(chosen(**changes), price_list or demo())


def refusal(price_list: PriceList | None = None, /, **changes: object) -> SelectionRefused:
    """Why `chosen` is refused."""
    with pytest.raises(SelectionRefused) as refused:
        quote(price_list, **changes)
    return refused.value


def problems(text: str) -> list[tuple[int | None, str, str]]:
    """The problems of a price list's text: line, path, message."""
    with pytest.raises(PriceListError) as error:
        parse_price_list(text)
    return [(line, path, message) for line, path, message in error.value.problems]


def line_of(piece: str, text: str = CATALOG_TEXT) -> int:
    """The line on which a piece of text first stands."""
    return text[: text.index(piece)].count("\n") + 1


def negotiated(breakdown: Breakdown) -> dict[str, int]:
    """The negotiated centavos of each line."""
    return {line.code: line.negotiated_cents for line in breakdown.lines}
