"""Return files of four banks, read line by line in constant memory. Pure.

`identify` says whose file it is, `return_frames.find_faults` whether it is whole, `occurrences` what it
tells. Each goes over the stream once.
"""

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import BinaryIO, NamedTuple

from portal.banking.rules.accounts import BoletoAccount
from portal.banking.rules.occurrences import Meaning, meaning_of
from portal.banking.rules.rejections import is_refused_instruction, rejection_in_words
from portal.banking.rules.return_amounts import Amounts
from portal.banking.rules.return_frames import Fault, find_faults, padded
from portal.banking.rules.return_layouts import (
    LAYOUTS,
    NOWHERE,
    Cuts,
    HeaderPlaces,
    Layout,
    PixPlaces,
)
from portal.banking.rules.return_lines import Line, UnreadableFile, lines_of, numbers_in, text_in

_SIZES = (240, 400)
_FIRST_OF_400 = b"02RETORNO"
_RETURN_MARK_240 = (143, 143)


class Occurrence(NamedTuple):
    """One title of a return.

    `paid_cents` is what the customer paid (gross), 0 when nothing came in; the bank kept `fee_cents` of it
    and credited `credited_cents`. `charged_cents` is the fee the line names, kept from the payment or not.
    `late_cents` are interest and fine, as the bank says. `refusal` is why it was not taken, in words.
    `ordinal` tells like payments of one file apart.
    """

    line: int
    number: int
    code: str
    meaning: Meaning
    description: str
    on: date
    credited_on: date
    face_cents: int
    paid_cents: int
    fee_cents: int
    charged_cents: int
    late_cents: int
    paid_at_bank: str
    reasons: tuple[str, ...]
    refusal: str = ""
    pix: str = ""
    ordinal: int = 1

    @property
    def credited_cents(self) -> int:
        """What reached our account."""
        return self.paid_cents - self.fee_cents

    @property
    def likeness(self) -> str:
        """What like payments of a file have in common."""
        on = self.on.isoformat().replace("-", "")
        return f"{self.number}:{on}:{self.paid_cents}:{self.paid_at_bank}"

    @property
    def identity(self) -> str:
        """What makes this payment itself: in another file it is the same one.

        The n-th like line of a file is the n-th payment: who pays the same boleto twice on one day, at one
        branch, paid twice.
        """
        return f"{self.likeness}:{self.ordinal}" if self.ordinal > 1 else self.likeness


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Whose file it is, in which layout, and the day the bank made it."""

    account: BoletoAccount
    layout: Layout
    made_on: date


def identify(stream: BinaryIO, accounts: Iterable[BoletoAccount]) -> Identified:
    """Which of our accounts a return file is for.

    Raises:
        UnreadableFile: its first line is no header of one of them.
    """
    first = next(lines_of(stream), Line(1, b"")).content
    size, bank = _size_of(first), ""
    if size == 400 and first.startswith(_FIRST_OF_400):
        bank = text_in(first, 77, 79)
    elif size == 240 and first[3:8] == b"00000" and text_in(first, *_RETURN_MARK_240) == "2":
        bank = text_in(first, 1, 3)
    if not bank:
        raise UnreadableFile("Este não é um arquivo de retorno de cobrança. Escolha o arquivo do banco.")
    ours = [account for account in accounts if account.bank == bank]
    layout = LAYOUTS.get((bank, size))
    if not ours or layout is None:
        raise UnreadableFile(f"Este arquivo é do banco {bank}, onde não temos conta de cobrança.")
    record = padded(first, layout)
    for account in ours:
        if _names(record, layout.header, account):
            made_on = _day(text_in(record, *layout.header.made_on), layout, 1)
            return Identified(account=account, layout=layout, made_on=made_on)
    raise UnreadableFile("Este arquivo é de outra conta. Confira a agência, a conta e o convênio.")


def occurrences(
    stream: BinaryIO, found: Identified, *, first: int = 1, wanted: Container[int] | None = None
) -> Iterator[Occurrence]:
    """What a file tells, title by title, in its order. The like payments in it are not yet told apart.

    The half of a title whose other half is not there is not read. `first` is the number of the stream's first
    line, when it is a part of a file; `wanted` are the lines of the titles to be read, when not all are.

    Raises:
        UnreadableFile: naming the line that cannot be read. Nothing is guessed.
    """
    layout, cuts, waiting = found.layout, Cuts.of(found.layout), None
    for number, record, is_pix in _titles(lines_of(stream, first=first), layout):
        if is_pix:
            if waiting is not None:
                waiting = waiting._replace(pix=_pix_in(record, layout.pix))
            continue
        if waiting is not None:
            yield waiting
        is_wanted = wanted is None or number in wanted
        waiting = _occurrence(record, number, found, cuts) if is_wanted else None
    if waiting is not None:
        yield waiting


def read_return(stream: BinaryIO, accounts: Iterable[BoletoAccount]) -> tuple[Identified, list[Occurrence]]:
    """Whose file it is and all it tells, when it is whole; like payments in it are told apart.

    Raises:
        UnreadableFile: naming what is wrong and in which line.
    """
    found = identify(stream, accounts)
    require_whole(find_faults(stream, found.layout))
    return found, list(told_apart(occurrences(stream, found)))


def require_whole(faults: Iterable[Fault]) -> None:
    """Raises `UnreadableFile`, naming the line of the first fault."""
    for fault in faults:
        raise UnreadableFile(f"A linha {fault.line} {fault.said}. Baixe o arquivo do banco de novo.")


def told_apart(read: Iterable[Occurrence], before: Mapping[str, int] | None = None) -> Iterator[Occurrence]:
    """Each payment with its place among the like ones of the file.

    `before` says how many like ones stand in the parts before this one, by their `likeness`.
    """
    seen = Counter(before)
    for one in read:
        if one.meaning.brings_money:
            likeness = one.likeness
            seen[likeness] += 1
            yield one._replace(ordinal=seen[likeness]) if seen[likeness] > 1 else one
        else:
            yield one


def _size_of(first: bytes) -> int:
    """240 or 400, whichever the line is nearest to."""
    return min(_SIZES, key=lambda size: abs(size - len(first)))


def _names(record: bytes, places: HeaderPlaces, account: BoletoAccount) -> bool:
    """Whether a header names this account, in each way that its bank does."""
    return all(
        places_of == NOWHERE or _plain(text_in(record, *places_of)) == _plain(own)
        for places_of, own in (
            (places.branch, account.branch),
            (places.account, account.account),
            (places.account_digit, account.account_digit),
            (places.agreement, account.agreement),
        )
    )


def _plain(text: str) -> str:
    return text.lstrip("0")


def _titles(lines: Iterable[Line], layout: Layout) -> Iterator[tuple[int, bytes, bool]]:
    """The records of titles and of their Pix, with the number of their first line; of 240, T and U as one.

    Each with whether it is a Pix.
    """
    half: tuple[int, bytes] | None = None
    is_short = layout.size == 400
    for number, content in lines:
        if number == 1:
            continue
        record = padded(content, layout)
        if is_short and text_in(record, 1, 1) in layout.details:
            yield number, record, False
        elif _is_pix(record, layout):
            yield number, record, True
        elif is_short:
            continue
        elif record[7:8] == b"3" and record[13:14] == b"T":
            half = number, record
        elif record[7:8] == b"3" and record[13:14] == b"U" and half is not None:
            yield half[0], half[1] + record, False
            half = None
        else:
            half = None


def _is_pix(record: bytes, layout: Layout) -> bool:
    if layout.pix is None:
        return False
    at = 1 if layout.size == 400 else 14
    place, mark = layout.pix.mark
    return text_in(record, at, at) == layout.pix.kind and text_in(record, *place) == mark


def _pix_in(record: bytes, pix: PixPlaces | None) -> str:
    places = (pix.txid, pix.text) if pix is not None else ()
    return " ".join(filter(None, (text_in(record, *place) for place in places)))


def _occurrence(record: bytes, line: int, found: Identified, cuts: Cuts) -> Occurrence:
    layout, text = found.layout, record.decode("latin-1")
    code, on_text, credited_text, reasons_text, paid_at = [cell.strip() for cell in cuts.texts(text)]
    meaning, description = meaning_of(layout.bank, layout.size, code)
    brings_money = meaning.brings_money
    on = _day(on_text, layout, line, None if brings_money else found.made_on)
    *cents, number = numbers_in(cuts.numbers(text), record, cuts.number_places, line)
    amounts = Amounts.of(cents)
    reasons = _reasons(reasons_text, layout.reason_width)
    paid, fee = amounts.paid_and_fee(layout.amount_kind, line) if brings_money else (0, 0)
    is_refusal = meaning is Meaning.REJECTED or is_refused_instruction(layout.bank, layout.size, code)
    return Occurrence(
        line=line,
        number=found.account.own_number(number),
        code=code,
        meaning=meaning,
        description=description,
        on=on,
        credited_on=_day(credited_text, layout, line, on),
        face_cents=amounts.face,
        paid_cents=paid,
        fee_cents=fee,
        charged_cents=amounts.charged,
        late_cents=amounts.late,
        paid_at_bank=paid_at,
        reasons=reasons,
        refusal=rejection_in_words(layout.bank, layout.size, reasons) if is_refusal else "",
    )


def _reasons(text: str, width: int) -> tuple[str, ...]:
    if not text.strip("0 "):  # nearly always
        return ()
    parts = (text[at : at + width] for at in range(0, len(text), width))
    return tuple(part for part in parts if part.strip("0 "))


def _day(text: str, layout: Layout, line: int, otherwise: date | None = None) -> date:
    """A date as DDMMAA or DDMMAAAA; blanks and zeros are none, and `otherwise` then."""
    found = _date_in(text, 6 if layout.size == 400 else 8)
    if found is not None:
        return found
    if text.strip("0") or otherwise is None:
        raise UnreadableFile(f"Na linha {line} há uma data que não existe.")
    return otherwise


@lru_cache(maxsize=1_000)
def _date_in(text: str, width: int) -> date | None:
    if not (text.isascii() and text.isdigit() and len(text) == width):
        return None
    try:
        return date(int(text[4:]) + (2000 if width == 6 else 0), int(text[2:4]), int(text[:2]))
    except ValueError:
        return None
