"""What a line of a return says was asked, paid, kept and credited. Pure."""

from dataclasses import dataclass

from portal.banking.rules.return_layouts import NOWHERE, AmountKind, Layout, Span
from portal.banking.rules.return_lines import UnreadableFile, number_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """The amounts of a title's line as they stand there, in centavos."""

    face: int
    charged: int
    taken_off: int
    late: int
    amount: int
    credited: int

    @classmethod
    def of(cls, record: bytes, line: int, layout: Layout) -> "Amounts":
        """Raises `UnreadableFile`."""

        def cents(span: Span) -> int:
            return number_in(record, *span, line) if span != NOWHERE else 0

        return cls(
            face=cents(layout.face),
            charged=cents(layout.fee),
            taken_off=cents(layout.abatement) + cents(layout.discount),
            late=cents(layout.interest) + cents(layout.fine),
            amount=cents(layout.amount),
            credited=cents(layout.credited),
        )

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
