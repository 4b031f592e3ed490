"""Who may be given months, and how many. Pure."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple, Protocol

from portal.catalog.rules import ServiceState
from portal.shared.brazil import format_date
from portal.shared.refusals import Conflict, Refusal
from portal.subscriptions.rules import BilledTo

MOST_MONTHS = 3
AGAIN_AFTER = timedelta(days=365)


class FreeFacts(NamedTuple):
    """All that decides whether months may be given away.

    `pays_by_the_month`: a payment is for a month. `is_changing`: another contract waits to take the place of
    this one. `paused_until`: the last day of a pause that is not over. `granted_on`: when the customer was
    given months last.
    """

    billed_to: BilledTo
    state: ServiceState
    pays_by_the_month: bool
    goes_on: bool
    is_parked: bool
    is_changing: bool
    paused_until: date | None
    granted_on: date | None


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


def why_no_free_months(facts: FreeFacts, *, today: date) -> str:
    """Why no months may be given away today, in words; "" when they may."""
    reasons = (
        (facts.billed_to is BilledTo.PARTNER, "Quem cobra este cliente é o parceiro: o desconto é com ele."),
        (not facts.pays_by_the_month, "Este cliente paga vários meses de uma vez: não há mês a dar."),
        (facts.state is not ServiceState.CURRENT, "Há pagamento em atraso: acerte-o antes."),
        (not facts.goes_on, "Este contrato está terminando."),
        (facts.is_parked, "A cobrança deste contrato está em conferência."),
        (facts.is_changing, "Há uma mudança deste contrato em andamento: conclua ou desista dela antes."),
        (facts.paused_until is not None, "Há uma pausa combinada: espere o fim dela."),
    )
    for applies, words in reasons:
        if applies:
            return words
    if facts.granted_on is not None and (again := facts.granted_on + AGAIN_AFTER) > today:
        given = format_date(facts.granted_on)
        return f"Este cliente ganhou meses grátis em {given}. Outros, só a partir de {format_date(again)}."
    return ""
