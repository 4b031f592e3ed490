"""Who may be given months, and how many. Pure."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from portal.invoices.rules.unbilled import UnbilledFacts, UnbilledWords, why_billed, why_not_yet
from portal.shared.brazil import format_date
from portal.shared.refusals import Conflict, Refusal
from portal.subscriptions.rules import BilledTo

MOST_MONTHS = 3
GIFT = UnbilledWords("o desconto", "dar", "ganhou meses grátis", "Outros")


class HasDays(Protocol):
    """A month by its first and last day."""

    @property
    def starts_on(self) -> date: ...

    @property
    def ends_on(self) -> date: ...


def months_of(given: Sequence[HasDays]) -> str:
    """How many they are: "2 meses grátis"."""
    return "1 mês grátis" if len(given) == 1 else f"{len(given)} meses grátis"


def days_of(given: Sequence[HasDays]) -> str:
    """From which day to which: "de 01/08/2026 a 30/09/2026"."""
    return f"de {format_date(given[0].starts_on)} a {format_date(given[-1].ends_on)}"


def may_take(billed_to: BilledTo, months: int, payments: int) -> bool:
    """Whether a contract of so many payments in a term of months has a month that need not be asked for."""
    return billed_to is BilledTo.CUSTOMER and payments == months


class NoFreeMonths(Refusal):
    """Months may not be given away; says why."""


class MonthIsFree(Conflict):
    """Nobody is invoiced for a month that was given away."""

    def __init__(self, label: str) -> None:
        super().__init__(f"Este mês do contrato {label} é grátis: não há fatura dele.")


def why_no_free_months(facts: UnbilledFacts, *, is_paused: bool, granted_on: date | None, today: date) -> str:
    """Why no months may be given away today, in words; "" when they may.

    `is_paused`: a pause is not over. `granted_on`: when the customer was given months last.
    """
    if why := why_billed(facts, GIFT):
        return why
    if is_paused:
        return "Há uma pausa combinada: espere o fim dela."
    return why_not_yet(granted_on, GIFT, today=today)
