"""Enums whose members have a Portuguese label."""

from enum import StrEnum
from typing import Self


class LabeledEnum(StrEnum):
    """Codes that are kept and people's words for them, written together: `SENT = "sent", "Enviado"`.

    A member is its code, as of any StrEnum; columns keep that alone.
    """

    label: str

    def __new__(cls, code: str, label: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = label
        return member

    @classmethod
    def choices(cls) -> list[tuple[str, str]]:
        """(code, label) of every member in their order, as a select or a filter takes them."""
        return [(member.value, member.label) for member in cls]
