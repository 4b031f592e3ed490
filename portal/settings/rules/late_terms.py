"""What being late costs, and what a payment pays first. Pure."""

from typing import NamedTuple

LAWFUL_FEE, LAWFUL_INTEREST = 200, 100
"""2 % once (art. 52 § 1 of the CDC) and 1 % a month, in hundredths of a percent."""


class LateTerms(NamedTuple):
    """The late fee and the interest of a month in hundredths of a percent, and the order of a payment.

    `charges_first`: a payment pays them before the invoice's own amount; else after it.
    """

    late_fee_basis_points: int
    late_interest_basis_points: int
    charges_first: bool

    def within(self, agreed: "LateTerms") -> "LateTerms":
        """These, where they are no more than what was agreed; the order is the one agreed."""
        return LateTerms(
            min(self.late_fee_basis_points, agreed.late_fee_basis_points),
            min(self.late_interest_basis_points, agreed.late_interest_basis_points),
            agreed.charges_first,
        )
