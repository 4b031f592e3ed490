"""The vendor's bank account: where boletos, Pix and TEDs are paid to."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BankSettings:
    """The account."""

    @classmethod
    def from_environment(cls, env: Mapping[str, str], *, production: bool) -> "BankSettings":
        """Read them."""
        return cls()
