"""A debt agreement: what is owed, divided over an entry and equal parts."""

from collections.abc import Sequence
from typing import NamedTuple

from calculator.money import PPM, equal_parts, percentage_of, share_out

PPM_OF_A_PERCENT = PPM // 100


class AgreementPart(NamedTuple):
    """One payment of an agreement in centavos; `charges_cents` of the amount are late charges."""

    amount_cents: int
    charges_cents: int

    @property
    def face_cents(self) -> int:
        """What it pays of the invoices themselves."""
        return self.amount_cents - self.charges_cents


class DividedDebt(NamedTuple):
    """A debt as it will be paid: `entry` is None without one. All parts add up to `total_cents`."""

    face_cents: int
    charges_cents: int
    discount_cents: int
    entry: AgreementPart | None
    parts: tuple[AgreementPart, ...]

    @property
    def total_cents(self) -> int:
        """What is paid in all."""
        return self.face_cents + self.charges_cents - self.discount_cents

    @property
    def all_parts(self) -> tuple[AgreementPart, ...]:
        """The entry, where there is one, and the parts after it."""
        return (self.entry, *self.parts) if self.entry else self.parts


def discount_of(charges_cents: int, percent: int) -> int:
    """So many percent of late charges, half up to a centavo."""
    return percentage_of(charges_cents, percent * PPM_OF_A_PERCENT)


def least_entry(total_cents: int, percent: int) -> int:
    """So many percent of a total, rounded up to a centavo."""
    return -(-total_cents * percent // 100)


def divide_debt(
    *,
    face_cents: int,
    charges_cents: int,
    discount_percent: int,
    entry_cents: int,
    parts: int,
    charges_first: bool = False,
) -> DividedDebt:
    """An entry and `parts` equal parts of what is owed, the larger ones first.

    The discount is of the charges alone. What is left of them is shared out over entry and parts by their
    amounts; with `charges_first` the earliest ones pay it, each with a centavo at least of the debt itself.
    Raises `ValueError` for amounts that make no agreement.
    """
    discount = discount_of(charges_cents, discount_percent)
    total = face_cents + charges_cents - discount
    if face_cents <= 0 or charges_cents < 0 or not 0 <= discount_percent <= 100 or parts < 1:
        raise ValueError("nothing to divide")
    if not 0 <= entry_cents < total:
        raise ValueError("an entry is less than the whole")
    amounts = [*([entry_cents] if entry_cents else []), *equal_parts(total - entry_cents, parts)]
    charges = (_earliest if charges_first else share_out)(charges_cents - discount, amounts)
    paid = [AgreementPart(*each) for each in zip(amounts, charges, strict=True)]
    entry = paid.pop(0) if entry_cents else None
    return DividedDebt(face_cents, charges_cents, discount, entry, tuple(paid))


def _earliest(cents: int, amounts: Sequence[int]) -> list[int]:
    """So many centavos, put into the earliest amounts; all but a centavo of each may be it."""
    shares = []
    for amount in amounts:
        shares.append(min(cents, amount - 1))
        cents -= shares[-1]
    if cents:
        raise ValueError("too little besides the charges")
    return shares
