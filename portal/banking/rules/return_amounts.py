"""What a line of a return says was asked, paid, kept and credited. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from portal.banking.rules.return_layouts import AmountKind
from portal.banking.rules.return_lines import UnreadableFile


class Amounts(NamedTuple):
    """The amounts of a title's line as they stand there, in centavos."""

    face: int
    charged: int
    taken_off: int
    late: int
    amount: int
    credited: int

    @classmethod
    def of(cls, numbers: Sequence[int]) -> "Amounts":
        """From the numbers of a line, our own left out, in the order of `Cuts`."""
        face, charged, abatement, discount, interest, fine, amount, credited = numbers
        return cls(face, charged, abatement + discount, interest + fine, amount, credited)

    def paid_and_fee(self, kind: AmountKind, line: int) -> tuple[int, int]:
        """What the customer paid, and what the bank kept of it. Raises `UnreadableFile`."""
        if not self.amount:
            return 0, 0
        if kind is AmountKind.NET:
            paid = paid_cents(
                credited_cents=self.amount,
                fee_cents=self.charged,
                title_cents=self.face,
                taken_off_cents=self.taken_off,
                charges_cents=self.late,
            )
            return paid, self.charged
        if kind is AmountKind.GROSS or not self.credited:  # not said what was credited: as the fee says
            return self.amount, min(self.charged, self.amount)
        if self.credited > self.amount:
            raise UnreadableFile(f"Na linha {line} o banco diz ter creditado mais do que foi pago.")
        return self.amount, self.amount - self.credited


def paid_cents(
    *, credited_cents: int, fee_cents: int, title_cents: int, taken_off_cents: int, charges_cents: int
) -> int:
    """What the customer paid, from what an Itaú return says was credited, which is net of the bank's fee.

    Some of its branches credit interest and fines within that amount, some beside it; the title's face less
    what was taken off plus those charges tells which. 0 where nothing was credited.
    """
    if not credited_cents:
        return 0
    with_fee = credited_cents + fee_cents
    asked = title_cents - taken_off_cents + charges_cents
    return with_fee + charges_cents if with_fee != asked == with_fee + charges_cents else with_fee
