"""Where the return files of each bank say what. Pure.

Positions are the manuals', counted from 1, both ends included. A title of CNAB 240 stands in two lines of 240
positions, segments T and U; here they are one record, and position 1 of U is 241.
"""

from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

from portal.shared.labels import LabeledEnum

type Span = tuple[int, int]
NOWHERE: Span = (1, 0)


class AmountKind(LabeledEnum):
    """What the amount of a payment is."""

    NET = "net", "líquido da tarifa"
    GROSS = "gross", "bruto"
    APART = "apart", "bruto e creditado, cada um em seu campo"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderPlaces:
    """Where a file's first line names its account; what a bank does not write there is `NOWHERE`."""

    branch: Span = NOWHERE
    account: Span = NOWHERE
    account_digit: Span = NOWHERE
    agreement: Span = NOWHERE
    made_on: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class PixPlaces:
    """The record of a title's Pix: which one it is, and where it says what."""

    kind: str
    text: Span
    txid: Span = NOWHERE
    mark: tuple[Span, str] = (NOWHERE, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One bank's return in one of its two sizes.

    `details` are the record types that are titles. `number` is our number without its check digit.
    `reason_width` is how many characters a reason has. `fine` is `NOWHERE` where interest and fine are one.
    """

    bank: str
    size: int
    header: HeaderPlaces
    details: tuple[str, ...]
    number: Span
    code: Span
    on: Span
    face: Span
    fee: Span
    abatement: Span
    discount: Span
    amount: Span
    amount_kind: AmountKind
    credited: Span = NOWHERE
    interest: Span
    fine: Span = NOWHERE
    credited_on: Span
    reasons: Span
    reason_width: int = 2
    paid_at: Span
    pix: PixPlaces | None = None
    sum_of_faces: Span = NOWHERE

    @property
    def label(self) -> str:
        """As people call it."""
        return f"CNAB {self.size}"


class Cuts(NamedTuple):
    """What takes all of a title's texts, and of its numbers, out of a record of its layout at once.

    Texts: code, day, day of the credit, reasons, where it was paid. Numbers: face, fee, abatement, discount,
    interest, fine, amount, credited, and our own.
    """

    texts: Callable[[str], tuple[str, ...]]
    numbers: Callable[[str], tuple[str, ...]]
    number_places: tuple[Span, ...]

    @classmethod
    def of(cls, layout: Layout) -> "Cuts":
        """Those of a layout."""
        texts = (layout.code, layout.on, layout.credited_on, layout.reasons, layout.paid_at)
        taken_off = (layout.abatement, layout.discount)
        added = (layout.interest, layout.fine)
        paid = (layout.amount, layout.credited)
        numbers = (layout.face, layout.fee, *taken_off, *added, *paid, layout.number)
        return cls(_cutter(texts), _cutter(numbers), numbers)


def _cutter(spans: tuple[Span, ...]) -> Callable[[str], tuple[str, ...]]:
    return itemgetter(*(slice(first - 1, last) for first, last in spans))


def _layout_400(
    bank: str,
    *,
    header: HeaderPlaces,
    number: Span,
    reasons: Span,
    amount_kind: AmountKind = AmountKind.GROSS,
    details: tuple[str, ...] = ("1",),
    fee: Span = (176, 188),
    credited_on: Span = (296, 301),
    pix: PixPlaces | None = None,
    sum_of_faces: Span = NOWHERE,
    reason_width: int = 2,
) -> Layout:
    return Layout(
        bank=bank,
        size=400,
        header=header,
        details=details,
        number=number,
        code=(109, 110),
        on=(111, 116),
        face=(153, 165),
        fee=fee,
        abatement=(228, 240),
        discount=(241, 253),
        amount=(254, 266),
        amount_kind=amount_kind,
        interest=(267, 279),
        fine=(280, 292),
        credited_on=credited_on,
        reasons=reasons,
        reason_width=reason_width,
        paid_at=(166, 173),
        pix=pix,
        sum_of_faces=sum_of_faces,
    )


def _layout_240(
    bank: str,
    *,
    header: HeaderPlaces,
    number: Span,
    face: Span = (82, 96),
    paid_at: Span = (97, 104),
    fee: Span = (199, 213),
    reasons: Span = (214, 223),
) -> Layout:
    def u(first: int, last: int) -> Span:
        return 240 + first, 240 + last

    return Layout(
        bank=bank,
        size=240,
        header=header,
        details=("3",),
        number=number,
        code=(16, 17),
        on=u(138, 145),
        face=face,
        fee=fee,
        abatement=u(48, 62),
        discount=u(33, 47),
        amount=u(78, 92),
        amount_kind=AmountKind.APART,
        credited=u(93, 107),
        interest=u(18, 32),
        credited_on=u(146, 153),
        reasons=reasons,
        paid_at=paid_at,
        pix=PixPlaces(kind="Y", text=(82, 158), txid=(159, 193), mark=((18, 19), "03")),
    )


LAYOUTS = {
    (layout.bank, layout.size): layout
    for layout in (
        _layout_400(
            "341",
            header=HeaderPlaces(branch=(27, 30), account=(33, 37), account_digit=(38, 38), made_on=(95, 100)),
            number=(63, 70),
            amount_kind=AmountKind.NET,
            reasons=(378, 385),
            pix=PixPlaces(kind="3", text=(2, 391)),
            sum_of_faces=(221, 234),
        ),
        _layout_400(
            "237",
            header=HeaderPlaces(agreement=(27, 46), made_on=(95, 100)),
            number=(71, 81),
            reasons=(319, 328),
            pix=PixPlaces(kind="4", text=(29, 105), txid=(106, 140)),
        ),
        _layout_400(
            "001",
            header=HeaderPlaces(branch=(27, 30), account=(32, 39), agreement=(150, 156), made_on=(95, 100)),
            details=("7",),
            number=(64, 80),
            fee=(182, 188),
            credited_on=(176, 181),
            reasons=(87, 88),
        ),
        _layout_400(
            "033",
            header=HeaderPlaces(branch=(27, 30), account=(39, 46), made_on=(95, 100)),
            number=(63, 69),
            reasons=(137, 145),
            reason_width=3,
            pix=PixPlaces(kind="2", text=(3, 79), txid=(80, 114)),
        ),
        _layout_240(
            "341",
            header=HeaderPlaces(branch=(53, 57), account=(59, 70), made_on=(144, 151)),
            number=(41, 48),
        ),
        _layout_240(
            "237",
            header=HeaderPlaces(branch=(53, 57), account=(59, 70), agreement=(33, 52), made_on=(144, 151)),
            number=(46, 56),
        ),
        _layout_240(
            "001",
            header=HeaderPlaces(branch=(53, 57), account=(59, 70), agreement=(33, 41), made_on=(144, 151)),
            number=(38, 54),
        ),
        _layout_240(
            "033",
            header=HeaderPlaces(branch=(33, 36), account=(38, 46), agreement=(53, 61), made_on=(144, 151)),
            number=(41, 52),
            face=(78, 92),
            paid_at=(93, 99),
            fee=(194, 208),
            reasons=(209, 218),
        ),
    )
}
