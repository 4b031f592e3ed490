"""What can be printed: the font itself says which letters it has, once a process.

An archivable file must not name a character that it cannot show, so every text goes through here.
"""

import re
from functools import cache
from pathlib import Path
from unicodedata import category, decomposition, normalize

from fontTools.ttLib import TTFont

FONTS = Path(__file__).resolve().parents[3] / "templates" / "documents" / "fonts"
STANDS_FOR_IT = "\N{WHITE SQUARE}"
# The same letter in another dress (ﬁ, Ａ, 𝐏) as Unicode calls it. Not ⁷ or ⅔: 10⁷ must not become 107.
_SAME_LETTER = ("<compat>", "<font>", "<wide>", "<narrow>", "<small>", "<square>", "<noBreak>")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")


def printable(text: str) -> str:
    """The text as our papers show it.

    What the font has stays. What it has by other signs is written with those (ﬁ as fi). What has no ink, such
    as a mark of direction, is left out (of a tab, a space stays). What remains, an emoji or another script,
    becomes a box each.
    """
    return _lacking().sub(lambda found: _instead_of(found[0]), normalize("NFC", text))


def unprintable(text: str) -> str:
    """The signs of a text that come out as a box, each once, in their order; "" when all can be printed."""
    signs = dict.fromkeys(_lacking().findall(normalize("NFC", text)))
    return "".join(sign for sign in signs if _instead_of(sign) == STANDS_FOR_IT)


def _instead_of(sign: str) -> str:
    if category(sign) == "Cc":
        return " "
    if category(sign) == "Cf" or _VARIATION_SELECTORS.match(sign):
        return ""
    is_same = decomposition(sign).startswith(_SAME_LETTER)
    written = normalize("NFKC" if is_same else "NFD", sign)
    return STANDS_FOR_IT if _lacking().search(written) else written


@cache
def _lacking() -> re.Pattern[str]:
    """Any character but those that each of our fonts has a glyph for."""
    tables = []
    for path in sorted(FONTS.glob("*.otf")):
        with TTFont(path, lazy=True) as font:
            tables.append(set(font.getBestCmap()))
    letters = (chr(code) for code in set.intersection(*tables))
    kept = "".join(letter for letter in letters if not _is_nothing_to_read(letter))
    return re.compile(f"[^\n{re.escape(kept)}]")


def _is_nothing_to_read(letter: str) -> bool:
    """Private glyphs, which mean nothing outside the font, and marks that PDF/A forbids."""
    return category(letter) == "Co" or letter in "\ufeff\u200b"
