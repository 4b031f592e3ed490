"""What was typed or pasted, as the person saw it: clean first, then judge. Pure.

Numbers are pasted from mails, sites and spreadsheets. With them come signs that nobody sees (a zero-width
space, a no-break space), dashes of other lengths, digits in double width, and the label that stood before.
None of it is a mistake of the person, and none of it changes which number is meant.
"""

import re
import unicodedata

LONGEST_NUMBER = 60  # with its label
ADDRESS_SIGNS = ("://", "www.", "@")
_BLANKS = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
_DASHES, _SLASHES = frozenset("\u2212\u2043\u02d7"), frozenset("\u2044\u2215")


def cleaned(text: str) -> str:
    """The text with plain spaces, hyphens, slashes and widths, and nothing unseen; not for names.

    What is another sign, such as a superscript or an Arabic digit, stays and is judged. So do control
    characters: no keyboard types them.
    """
    if text.isascii():
        return text.strip()
    return "".join(_as_seen(sign) for sign in text).strip()


def _as_seen(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind == "Cf" or sign in _BLANKS:
        return ""
    if kind in ("Zs", "Zl", "Zp"):
        return " "
    if unicodedata.decomposition(sign).startswith(("<wide>", "<narrow>", "<small>")):
        sign = unicodedata.normalize("NFKC", sign)
        kind = unicodedata.category(sign)
    if kind == "Pd" or sign in _DASHES:
        return "-"
    return "/" if sign in _SLASHES else sign


def address_sign(text: str) -> str:
    """The first sign of a web or mail address in a text, in whatever width it was typed; "" for none."""
    seen = unicodedata.normalize("NFKC", text).lower()
    return next((sign for sign in ADDRESS_SIGNS if sign in seen), "")


def labeled(*words: str) -> re.Pattern[str]:
    """A number with one of these words, patterns, before or after it as `without_label` takes them off."""
    label = "|".join(words)
    return re.compile(
        rf"(?:\(?(?:{label})\)?(?:[\s:=.,;#-]{{1,5}}|(?=[\d(+])))?(?P<number>.*?)(?:[\s:=.,;(-]{{1,5}}(?:{label})\)?\.?)?",
        re.IGNORECASE | re.ASCII,
    )


def without_label(text: str, pattern: re.Pattern[str]) -> str:
    """A cleaned text without its label (`labeled`), the colon and the brackets."""
    found = pattern.fullmatch(text) if len(text) <= LONGEST_NUMBER else None
    return found["number"] if found else text
