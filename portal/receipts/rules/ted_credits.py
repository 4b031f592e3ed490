"""Which TED a bank's word is about, of those that came in on the same day with the same amount. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from portal.receipts.rules.receiving import Payer
from portal.shared.brazil import format_date, format_money
from portal.shared.refusals import Conflict


class BankWord(StrEnum):
    """How a bank tells of a TED: the column that keeps what it calls it."""

    NOTICE = "notice_reference"
    STATEMENT = "statement_reference"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldTed:
    """A TED as a bank tells of it; `reference` is its name for it, `text` what it was marked with."""

    word: BankWord
    reference: str
    on: date
    amount_cents: int
    payer: Payer
    text: str = ""


class LikeTed(NamedTuple):
    """What is known of a TED of the same day and amount.

    `is_named`: this way of telling named it already, or somebody said that another one is it. `by_bank`: the
    bank told of it; else only a person did, for an invoice of `document`.
    """

    is_named: bool
    by_bank: bool
    document: str


class Which(NamedTuple):
    """The place of the TED that is the same; or of one, confirmed by a person, that may be (`is_sure`)."""

    place: int
    is_sure: bool


def which_ted(document: str, known: Sequence[LikeTed]) -> Which | None:
    """Of like TEDs the one that a bank's word, with the payer's document or "", is about; None: a new one.

    The same payer is the same TED. What the bank told of without saying who paid is it, too: one word for
    one TED. What only a person told of is that person's invoice's: another payer may have paid it or not.
    """
    left = [(place, one) for place, one in enumerate(known) if not one.is_named]
    for place, one in left:
        if document and one.document == document:
            return Which(place, is_sure=True)
    for place, one in left:
        if one.by_bank and not (document and one.document):
            return Which(place, is_sure=True)
    for place, one in left:
        if not one.by_bank:
            return Which(place, is_sure=False)
    return None


class BankToldAlready(Conflict):
    """A TED of this day and amount came in and is not placed yet, or is this invoice's already."""

    def __init__(self, amount_cents: int, on: date) -> None:
        super().__init__(
            f"O banco já informou uma TED de {format_money(amount_cents)} em {format_date(on)}."
            " Decida primeiro sobre ela em A conferir: se for desta fatura, use-a lá. Assim o dinheiro não"
            " entra duas vezes."
        )


class DoubtDecided(Conflict):
    """Somebody said already whether both are one."""

    def __init__(self) -> None:
        super().__init__("Outra pessoa já decidiu sobre esta TED. Recarregue a página.")
