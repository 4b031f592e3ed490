"""Money and percentages as whole numbers.

Money is an `int` of centavos. A rate is an `int` of parts per million (`_ppm`), so that "6.74" percent is
67_400 and every percentage of a price list is exact. Nothing here or elsewhere in the calculator is a float.
"""

import re
from collections.abc import Sequence

PPM = 1_000_000
PPM_OF_ONE_PERCENT = 10_000
MAX_CENTS = 99_999_999_999_999

_MONEY = re.compile(r"(?:0|[1-9][0-9]{0,11})\.[0-9]{2}")
_PERCENT = re.compile(r"(?:0|[1-9][0-9]{0,2})(?:\.[0-9]{1,4})?")


class MoneyError(ValueError):
    """A value that is not an amount of money written as text with two decimals."""


class PercentError(ValueError):
    """A value that is not a percentage from 0 to 100 written as text with at most four decimals."""


def parse_money(text: object) -> int:
    """Centavos of an amount in its JSON form: `"1234.56"` gives 123456.

    Text with exactly two decimals, a point, no sign, no superfluous zeros, at most twelve digits before the
    point. Raises `MoneyError` for anything else, numbers included.
    """
    if not isinstance(text, str) or not _MONEY.fullmatch(text):
        raise MoneyError
    return int(text[:-3] + text[-2:])


def parse_signed_money(text: object) -> int:
    """Like `parse_money`, for what may be negative (a repasse): `"-1.50"` gives -150."""
    if isinstance(text, str) and text.startswith("-"):
        return -parse_money(text[1:])
    return parse_money(text)


def format_money(cents: int) -> str:
    """The JSON form of an amount: 123456 gives `"1234.56"`."""
    if cents < 0:
        return "-" + format_money(-cents)
    digits = f"{cents:03d}"
    return f"{digits[:-2]}.{digits[-2:]}"


def reais(cents: int) -> str:
    """The amount as people read it, for the calculator's own messages: `"R$ 1.234,56"` (no-break space)."""
    sign = "-" if cents < 0 else ""
    whole, centavos = divmod(abs(cents), 100)
    return f"{sign}R$\N{NO-BREAK SPACE}{whole:,}".replace(",", ".") + f",{centavos:02d}"


def parse_percent(text: object) -> int:
    """Parts per million of a percentage: `"6.74"` gives 67_400. Raises `PercentError` outside 0 to 100."""
    if not isinstance(text, str) or not _PERCENT.fullmatch(text):
        raise PercentError
    whole, _, decimals = text.partition(".")
    ppm = int(whole) * PPM_OF_ONE_PERCENT + int(decimals.ljust(4, "0"))
    if ppm > PPM:
        raise PercentError
    return ppm


def format_percent(ppm: int) -> str:
    """The text of a rate with two decimals, more only when it has them: 67_400 gives `"6.74"`."""
    whole, decimals = divmod(ppm, PPM_OF_ONE_PERCENT)
    text = f"{decimals:04d}"
    return f"{whole}.{text[:2]}{text[2:].rstrip('0')}"


def divide_half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded to a whole number, a half away from zero; `denominator` is positive.

    Away from zero so that a surcharge of x percent reads as the mirror of a discount of x percent.
    """
    if numerator < 0:
        return -divide_half_up(-numerator, denominator)
    return (2 * numerator + denominator) // (2 * denominator)


def percentage_of(cents: int, ppm: int) -> int:
    """The rate's part of an amount, rounded half up to a centavo."""
    return divide_half_up(cents * ppm, PPM)


def share_out(cents: int, weights: Sequence[int]) -> list[int]:
    """`cents` split in proportion to `weights`: whole centavos by largest remainder, ties to the earlier one.

    The shares add up to `cents`. Without any weight the first one takes all of it.
    """
    total = sum(weights)
    if total == 0:
        return [cents] + [0] * (len(weights) - 1)
    scaled = [cents * weight for weight in weights]
    shares = [part // total for part in scaled]
    spare = cents - sum(shares)
    if spare:
        remainders = [part % total for part in scaled]
        # A reversed sort keeps equal remainders in their order: the earlier line comes first.
        by_remainder = sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)
        for position in by_remainder[:spare]:
            shares[position] += 1
    return shares


def equal_parts(cents: int, count: int) -> list[int]:
    """`cents` split in `count` equal parts, the spare centavos one each to the first parts."""
    part, spare = divmod(cents, count)
    return [part + 1] * spare + [part] * (count - spare)
