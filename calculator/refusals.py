"""Why a selection cannot be priced, in words for the person who made it."""

from collections.abc import Mapping
from enum import StrEnum


class RefusalCode(StrEnum):
    """The closed list of reasons a program can rely on."""

    UNKNOWN_PLAN = "unknown_plan"
    UNKNOWN_TERM = "unknown_term"
    UNKNOWN_APP = "unknown_app"
    UNKNOWN_PAYMENT_METHOD = "unknown_payment_method"
    APP_NOT_SOLD_WITH_PLAN = "app_not_sold_with_plan"
    APP_REQUIRES = "app_requires"
    APP_EXCLUDES = "app_excludes"
    QUANTITY_OUT_OF_RANGE = "quantity_out_of_range"
    BELOW_MINIMUM = "below_minimum"
    INSTALLMENTS_NEED_CARD = "installments_need_card"
    INSTALLMENTS_OUT_OF_RANGE = "installments_out_of_range"
    INVALID_MONEY = "invalid_money"
    INVALID_SELECTION = "invalid_selection"


class SelectionRefused(Exception):
    """A selection that cannot be priced.

    `code` is one of `RefusalCode`; `message` is a Portuguese sentence saying what is wrong and what to do;
    `field` is the field of the selection to show it at (`"apps.tef"`, `"negotiated_total"`), empty for the
    whole; `facts` are the figures of the refusal as they stand in JSON: `minimum_total`, or `line` and
    `minimum`, or `minimum_setup`.
    """

    def __init__(
        self, code: RefusalCode, message: str, *, field: str = "", facts: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field
        self.facts: dict[str, str] = dict(facts or {})

    def to_json(self) -> dict[str, dict[str, str]]:
        """The object the command prints: `{"error": {"code", "message", …facts}}`."""
        return {"error": {"code": str(self.code), "message": self.message, **self.facts}}


def quoted(text: object) -> str:
    """A piece of what was typed, safe to repeat in a message: short, printable, in quotation marks."""
    shown = str(text) if isinstance(text, str) else type(text).__name__
    shown = "".join(letter if letter.isprintable() else "?" for letter in shown[:40])
    return f"“{shown}”"


def invalid_selection(message: str, field: str = "") -> SelectionRefused:
    """The refusal of a selection that is not well formed or contradicts itself."""
    return SelectionRefused(RefusalCode.INVALID_SELECTION, message, field=field)
