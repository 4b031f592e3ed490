"""The codes by which the IBGE knows Brazil's towns, as the tax office asks for them in addresses. Pure.

`data/municipalities.csv` is the IBGE's table, by way of github.com/kelvins/municipios-brasileiros (MIT).
"""

import csv
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from portal.shared.brazil import folded

NO_NUMBER = "S/N"
_LONGEST = (255, 60, 60, 156)  # street, number, district, complement
_TEXT = re.compile(r"[!-ÿ](?:[ -ÿ]*[!-ÿ])?")
_POSTAL_CODE = re.compile(r"[0-9]{8}")
TABLE = Path(__file__).resolve().parent.parent / "data" / "municipalities.csv"


def municipality_code(city: str, state: str) -> str:
    """The seven figures of a town by its name as people write it, and its state; "" of an unknown one."""
    return _codes().get((state.strip().upper(), _letters(city)), "")


def is_whole(municipality: str, postal_code: str, texts: Sequence[str]) -> bool:
    """Whether the layout takes an address: a known town, a CEP, and texts of Latin letters, none too long.

    `texts`: street, number and district, and the complement where there is one.
    """
    pairs = zip(texts, _LONGEST, strict=False)
    fits = all(_TEXT.fullmatch(text) and len(text) <= longest for text, longest in pairs)
    return bool(municipality) and bool(_POSTAL_CODE.fullmatch(postal_code)) and fits


@cache
def _codes() -> Mapping[tuple[str, str], str]:
    with TABLE.open(encoding="utf-8", newline="") as table:
        return {(row["state"], _letters(row["name"])): row["code"] for row in csv.DictReader(table)}


def _letters(name: str) -> str:
    """Without accents, spaces and signs: "Sant'Ana do Livramento" is written in many ways."""
    return "".join(filter(str.isalnum, folded(name)))
