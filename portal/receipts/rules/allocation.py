"""How the centavos of one payment are spread over an invoice. Pure.

One rule, written in the contract: the face value first, what lateness adds to it last. A small difference
(banks round their own way) is taken as it is and noted; what is left over is the payer's credit.
"""

from typing import NamedTuple


class Allocation(NamedTuple):
    """Parts of a payment, in centavos; `short_…` is what is missing and let go within the tolerance."""

    face_cents: int = 0
    charges_cents: int = 0
    surplus_cents: int = 0
    credit_cents: int = 0
    short_face_cents: int = 0
    short_charges_cents: int = 0

    @property
    def is_part(self) -> bool:
        """Whether it pays something of the invoice, its face value or its charges."""
        return bool(self.face_cents or self.charges_cents)


def allocate(amount_cents: int, *, open_cents: int, charges_cents: int, tolerance_cents: int) -> Allocation:
    """Spread a payment over what an invoice asks for on the day it was paid.

    `open_cents` is what is open of its face value; `charges_cents` is what lateness adds when all of that is
    paid on this day, with what was left of earlier charges. Differences up to `tolerance_cents`, either way,
    settle it all the same. Face, charges, surplus and credit add up to the
    payment.
    """
    if amount_cents + tolerance_cents < open_cents:
        return Allocation(face_cents=amount_cents)
    if amount_cents <= open_cents:
        return Allocation(face_cents=amount_cents, short_face_cents=open_cents - amount_cents)
    rest = amount_cents - open_cents
    charges = min(rest, charges_cents)
    left, missing = rest - charges, charges_cents - charges
    is_surplus = left <= tolerance_cents and bool(open_cents or charges)
    return Allocation(
        face_cents=open_cents,
        charges_cents=charges,
        surplus_cents=left if is_surplus else 0,
        credit_cents=0 if is_surplus else left,
        short_charges_cents=missing if charges and missing <= tolerance_cents else 0,
    )
