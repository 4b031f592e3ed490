"""What the page showed when something was typed, carried along in one hidden field.

It is how the server knows, with or without JavaScript, what changed since: an amount that still stands as
it was shown was not typed, so it follows the prices; one that differs was. It is never trusted for a price.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

SETUP = "setup"
WRONG = "!"


class Mode(StrEnum):
    """How the price is negotiated."""

    ORIGINAL = "original"
    TOTAL = "total"
    LINES = "lines"


class SnapshotAmount(NamedTuple):
    """A line as it stood on the page, centavos."""

    original_cents: int
    negotiated_cents: int


@dataclass(frozen=True, slots=True)
class PriceSnapshot:
    """The choices and amounts on the page; `setup` is None when no setup fee was charged.

    `wrong`: the page shows errors, so the amounts are those from before them.
    """

    price_list_id: int
    plan: str
    term: str
    payment_method: str
    mode: Mode
    lines: Mapping[str, SnapshotAmount]
    setup: SnapshotAmount | None
    wrong: bool = False

    @property
    def original_cents(self) -> int:
        """The Original total that stood on the page."""
        return sum(line.original_cents for line in self.lines.values())

    @property
    def negotiated_cents(self) -> int:
        """The negotiated total that stood on the page."""
        return sum(line.negotiated_cents for line in self.lines.values())

    def write(self) -> str:
        """The hidden field's text."""
        amounts = dict(self.lines) if self.setup is None else {**self.lines, SETUP: self.setup}
        written = ";".join(
            f"{code}={was.original_cents}/{was.negotiated_cents}" for code, was in amounts.items()
        )
        flag = WRONG if self.wrong else ""
        choices = f"{self.price_list_id}|{self.plan}|{self.term}|{self.payment_method}"
        return f"{choices}|{self.mode}{flag}|{written}"

    @classmethod
    def read(cls, text: str) -> "PriceSnapshot | None":
        """What `write` wrote; None for anything else, as if the form had been sent by hand."""
        try:
            price_list_id, plan, term, payment_method, mode, written = text.split("|")
            amounts = {}
            for item in written.split(";"):
                code, pair = item.split("=")
                original, negotiated = pair.split("/")
                amounts[code] = SnapshotAmount(_cents(original), _cents(negotiated))
            setup = amounts.pop(SETUP, None)
            return cls(
                price_list_id=_cents(price_list_id),
                plan=plan,
                term=term,
                payment_method=payment_method,
                mode=Mode(mode.removesuffix(WRONG)),
                lines=amounts,
                setup=setup,
                wrong=mode.endswith(WRONG),
            )
        except ValueError:
            return None


def _cents(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise ValueError(text)
    return int(text)
