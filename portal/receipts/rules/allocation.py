"""How the centavos of one payment are spread over an invoice. Pure.

One rule, written in the contract: the face value first and what lateness adds to it last, or the other way
round. A small difference (banks round their own way) is taken as it is and noted; what is left over is the
payer's credit.
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


def allocate(
    amount_cents: int,
    *,
    open_cents: int,
    charges_cents: int,
    tolerance_cents: int,
    charges_first: bool = False,
) -> Allocation:
    """Spread a payment over what an invoice asks for on the day it was paid.

    `open_cents` is what is open of its face value; `charges_cents` is what lateness adds when all of that is
    paid on this day, with what was left of earlier charges. They are paid last, or first where that was
    agreed. Differences up to `tolerance_cents`, either way, settle it all the same. Face, charges, surplus
    and credit add up to the payment.
    """
    charges = min(amount_cents, charges_cents) if charges_first else 0
    for_face = amount_cents - charges
    if for_face < open_cents and (not for_face or for_face + tolerance_cents < open_cents):
        return Allocation(face_cents=for_face, charges_cents=charges)
    if for_face < open_cents:
        short = open_cents - for_face
        return Allocation(face_cents=for_face, charges_cents=charges, short_face_cents=short)
    rest = for_face - open_cents
    if not charges_first:
        charges = min(rest, charges_cents)
        rest -= charges
    missing = charges_cents - charges
    is_surplus = rest <= tolerance_cents and bool(open_cents or charges)
    return Allocation(
        face_cents=open_cents,
        charges_cents=charges,
        surplus_cents=rest if is_surplus else 0,
        credit_cents=0 if is_surplus else rest,
        short_charges_cents=missing if charges and missing <= tolerance_cents else 0,
    )
