"""Interleaved 2 of 5, the bars of a boleto. Pure.

Each pair of digits is five bars, which say the first digit, and the five gaps between them, which say the
second; two of five are wide. Source: FEBRABAN's convention, ISO/IEC 16390.
"""

NARROW, WIDE = 1, 3
_WIDE_PLACES = ("23", "04", "14", "01", "24", "02", "12", "34", "03", "13")


def bars(digits: str) -> list[tuple[int, int]]:
    """(start, width) of each bar in units of the narrow bar, for an even number of digits."""
    widths = [NARROW] * 4
    for bar_digit, gap_digit in zip(digits[::2], digits[1::2], strict=True):
        for place in "01234":
            widths.append(WIDE if place in _WIDE_PLACES[int(bar_digit)] else NARROW)
            widths.append(WIDE if place in _WIDE_PLACES[int(gap_digit)] else NARROW)
    widths += [WIDE, NARROW, NARROW]
    found, start = [], 0
    for index, width in enumerate(widths):
        if index % 2 == 0:
            found.append((start, width))
        start += width
    return found


def width_of(digits: str) -> int:
    """The width of all bars and gaps, in units of the narrow bar."""
    start, width = bars(digits)[-1]
    return start + width
