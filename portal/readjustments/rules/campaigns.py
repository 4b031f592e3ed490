"""When a contract is readjusted, by which index, and why it is left out. Pure.

The year is counted from the last price event: the first day of the contract, a readjustment, an upgrade, a
downgrade or a renewal. On each anniversary the next invoice due, and never one before it, carries the new
price; an anniversary that passed without one is not caught up: the index is always of the last twelve months.
"""

import calendar
import re
from datetime import date

from calculator import day_in_month, month_number
from portal.shared.labels import LabeledEnum
from portal.shared.refusals import Refusal

# The IGP-M of a month is out at its end, and invoices are issued days before they are due: the newest index
# that every invoice of a month can still have is that of two months before.
INDEX_LAG = 2
MONTHS_AHEAD = 2
REASON_LENGTH = 500
WRITE_READJUSTMENTS = "write-readjustments"
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


class Outcome(LabeledEnum):
    """What a campaign does with a contract that has its anniversary."""

    READJUSTED = "readjusted", "Reajustado"
    HELD = "held", "Reajuste suspenso"
    NEGATIVE = "negative", "Índice não positivo"
    TOO_EARLY = "too_early", "Menos de 12 meses desde o último preço"
    BILLED = "billed", "Fatura já emitida"
    RENEWED = "renewed", "Renovado pelo cliente"

    @property
    def words(self) -> str:
        """Why, in a sentence."""
        return WORDS[self]


WORDS = {
    Outcome.READJUSTED: "O novo preço vale a partir desta fatura.",
    Outcome.HELD: "O reajuste deste contrato está suspenso por decisão da equipe.",
    Outcome.NEGATIVE: "O índice de 12 meses não subiu: o preço fica como está.",
    Outcome.TOO_EARLY: "O preço mudou há menos de 12 meses, e o prazo recomeçou.",
    Outcome.BILLED: "A fatura do aniversário saiu antes da liberação. Este reajuste não é recuperado.",
    Outcome.RENEWED: "O cliente renovou com preço garantido.",
}


class NotYet(Refusal):
    """A campaign cannot be released: its index is not known, or its month is too far."""


def anniversary(since: date, years: int) -> date:
    """The day `years` after a price event; of a 29 February, the month's last day."""
    year = since.year + years
    return date(year, since.month, min(since.day, calendar.monthrange(year, since.month)[1]))


def is_anniversary_payment(since: date, *, due_on: date, due_before: date | None) -> bool:
    """Whether a payment is the first due on or after an anniversary; `due_before` is when the last was."""
    for years in range(1, due_on.year - since.year + 1):
        day = anniversary(since, years)
        if day <= due_on and (due_before is None or due_before < day):
            return True
    return False


def index_month_of(month: date) -> int:
    """The last month of the index (`month_number`) by which invoices due in a month are readjusted."""
    return month_number(month) - INDEX_LAG


def parse_month(text: str) -> date | None:
    """ "2026-03" as its first day; None for anything else."""
    found = _MONTH.fullmatch(text)
    return date(int(found[1]), int(found[2]), 1) if found else None


def months_offered(today: date) -> list[date]:
    """The months a campaign may be for, the furthest first: those whose invoices are still to come."""
    first = month_number(today)
    return [day_in_month(first + ahead, 1) for ahead in range(MONTHS_AHEAD, -1, -1)]


def require_month(month: date, today: date) -> None:
    """Raise `NotYet` unless a campaign of this month may be released today."""
    if month not in months_offered(today):
        raise NotYet("Escolha um mês de agora até dois meses à frente.")
