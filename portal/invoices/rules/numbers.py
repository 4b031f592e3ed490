"""What somebody who looks for an invoice or a payment typed: which numbers it may be. Pure.

People copy a number as it is printed: with the wallet before it, zeros and a check digit after it, or a line
with its dots. What is read here is looked for by whoever keeps it (`queries.listing.InvoicesByNumber`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

BAR_CODE, TYPED_LINE = 44, 47
OUR_NUMBER_WIDTHS = (8, 10, 11, 12)  # Itaú, Banco do Brasil, Bradesco, Santander, without the check digit
LARGEST_OUR_NUMBER = 99_999_999_999  # the eleven digits of the bank that has most
_OWN = re.compile(r"(?:fatura\s*)?(?:n[º°o.]*\s*)?#?\s*([0-9]{1,9})", re.IGNORECASE)
_PRINTED = re.compile(r"[0-9]+P?")  # Bradesco's check digit may be a P
_CHECKED = re.compile(r"[-‐-―−]\s*[0-9P]$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedNumber:
    """What a search may name. `own` is an invoice's or a contract's number, 0 for none.

    `bar_code` are the 44 digits of a boleto, "" for none. `our_numbers` may be a boleto's number at the bank;
    it is meant if `plain` ends how its number is printed, with or without check digit, or is the number
    itself (`our_number`, 0 for none). `names` are how a source may call money: a Pix' or a charge's id.
    """

    own: int
    bar_code: str
    our_number: int
    our_numbers: frozenset[int]
    plain: str
    names: tuple[str, ...]


def read_number(text: str) -> TypedNumber:
    """Which numbers a search may mean; signs that are only for the eye are passed by."""
    seen = "".join(letter for letter in text if letter.isprintable() or letter.isspace()).strip()
    own = _OWN.fullmatch(seen)
    plain = "".join(letter for letter in seen if letter.isalnum()).upper()
    digits = plain if _PRINTED.fullmatch(plain) else ""
    number = _number(digits)
    return TypedNumber(
        own=int(own[1]) if own else 0,
        bar_code=_bar_code(digits),
        our_number=number,
        our_numbers=frozenset(_our_numbers(digits, checked=_CHECKED.search(seen) is not None)),
        plain=digits,
        names=_names(seen),
    )


def bar_code_of(line: str) -> str:
    """The 44 digits of the bar code that a typed line of 47 digits stands for (FEBRABAN)."""
    free = line[4:9] + line[10:20] + line[21:31]
    return line[:4] + line[32:] + free


def _bar_code(digits: str) -> str:
    if not digits.isdigit():
        return ""
    if len(digits) == TYPED_LINE:
        return bar_code_of(digits)
    return digits if len(digits) == BAR_CODE else ""


def _our_numbers(digits: str, *, checked: bool) -> Iterator[int]:
    """The number alone; the end of what begins with a wallet; and both before a check digit."""
    if not digits or len(digits) >= BAR_CODE:
        return
    if number := _number(digits):
        yield number
    for width in OUR_NUMBER_WIDTHS:
        if len(digits) > width:
            yield _number(digits[-width:])
        if checked or len(digits) > width:
            yield _number(digits[:-1][-width:])


def _number(digits: str) -> int:
    """0, which no boleto has, for what is none."""
    if not digits.isdigit() or len(digits) >= BAR_CODE:
        return 0
    number = int(digits)
    return number if number <= LARGEST_OUR_NUMBER else 0


def _names(seen: str) -> tuple[str, ...]:
    """Sources tell large from small letters; who types may not."""
    name = "".join(seen.split())
    return tuple(dict.fromkeys((name, name.upper(), name.lower()))) if name else ()
