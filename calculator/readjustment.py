"""The yearly readjustment by IGP-M."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from calculator.money import divide_half_up, parse_signed_money, share_out

MONTHS = 12
_HUNDRED_PERCENT = 10_000
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")

type MonthlyIndex = Mapping[int, int]
"""Month (see `periods.month_number`) → variation in hundredths of a percent."""


class IndexFileError(ValueError):
    """A file of the monthly index that cannot be read; the message names the line, in Portuguese."""


class IndexMonthMissingError(LookupError):
    """The index has no figure for a month that is needed; the message names it, in Portuguese."""


class Readjustment(NamedTuple):
    """A price before and after.

    `index_basis_points` is the 12-month index as shown, in hundredths of a percent; `applied_basis_points` is
    what the price rose by: the same, or 0 where the index is negative.
    """

    index_basis_points: int
    applied_basis_points: int
    before_cents: int
    after_cents: int


def parse_monthly_index(text: str) -> dict[int, int]:
    """The index in a CSV text with the columns `month,variation_percent` (`2025-03,-0.34`).

    Raises `IndexFileError` for another heading, a line that is not a month and a percentage with two
    decimals, and a month given twice.
    """
    lines = text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()
    if not lines or lines[0].strip() != "month,variation_percent":
        raise IndexFileError("Linha 1: o título precisa ser “month,variation_percent”.")
    index: dict[int, int] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            month, variation = _parse_line(line.strip(), number)
            if month in index:
                raise IndexFileError(f"Linha {number}: este mês já apareceu antes.")
            index[month] = variation
    return index


def twelve_month_index(index: MonthlyIndex, *, last_month: int) -> int:
    """The product of the twelve variations up to `last_month`, in hundredths of a percent, rounded half up.

    Raises `IndexMonthMissingError`.
    """
    product = 1
    for month in range(last_month - MONTHS + 1, last_month + 1):
        if month not in index:
            year, position = divmod(month, 12)
            raise IndexMonthMissingError(f"Falta o IGP-M de {position + 1:02d}/{year}.")
        product *= _HUNDRED_PERCENT + index[month]
    whole = _HUNDRED_PERCENT**MONTHS
    return divide_half_up((product - whole) * _HUNDRED_PERCENT, whole)


def readjust(*, monthly_cents: int, index_basis_points: int) -> Readjustment:
    """A price readjusted by the percentage shown, half up to a centavo; a negative index changes nothing."""
    applied = max(index_basis_points, 0)
    after = divide_half_up(monthly_cents * (_HUNDRED_PERCENT + applied), _HUNDRED_PERCENT)
    return Readjustment(index_basis_points, applied, monthly_cents, after)


def readjust_lines(lines: Sequence[int], *, index_basis_points: int) -> list[int]:
    """The lines of a contract readjusted so that they add up to the readjusted total."""
    change = readjust(monthly_cents=sum(lines), index_basis_points=index_basis_points)
    shares = share_out(change.after_cents - change.before_cents, lines)
    return [line + share for line, share in zip(lines, shares, strict=True)]


def _parse_line(line: str, number: int) -> tuple[int, int]:
    month, _, variation = line.partition(",")
    found = _MONTH.fullmatch(month)
    try:
        # Hundredths of a percent are written like centavos: "-0.34" is -34.
        hundredths = parse_signed_money(variation)
    except ValueError:
        hundredths = None
    if found is None or hundredths is None or hundredths <= -_HUNDRED_PERCENT:
        raise IndexFileError(f"Linha {number}: escreva mês e variação com duas casas, como “2025-03,-0.34”.")
    return int(found[1]) * 12 + int(found[2]) - 1, hundredths
