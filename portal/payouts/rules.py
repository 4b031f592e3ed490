"""How repasse is added up and named. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from portal.contracts.rules.states import IN_FORCE, ContractState
from portal.shared.refusals import Refusal

ACCRUE_REPASSE = "accrue_repasse"

WAS_ACTIVE = IN_FORCE | {ContractState.ENDED}
MONTHS = "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()


class MonthTotals(NamedTuple):
    """The waterfall of many lines together, in centavos, and of how many customers."""

    paid_cents: int
    cost_cents: int
    central_fee_cents: int
    vendor_share_cents: int
    repasse_cents: int
    customers: int


def month_key(month: date) -> str:
    """A month in an address: "2026-06"."""
    return f"{month:%Y-%m}"


def parse_month(key: str) -> date | None:
    """The first day of the month of an address; None for anything else."""
    try:
        return date.fromisoformat(f"{key}-01")
    except ValueError:
        return None


def month_label(month: date) -> str:
    """A month as people read it: "junho de 2026"."""
    return f"{MONTHS[month.month - 1]} de {month.year}"


class BooksBroken(Refusal):
    """The nightly check found what must never be; the run counts as failed, so that somebody looks."""

    def __init__(self, broken: Iterable[tuple[str, int, Sequence[str]]]) -> None:
        found = "; ".join(
            f"{what}: {count}" + (f" ({', '.join(rows)})" if rows else "") for what, count, rows in broken
        )
        super().__init__(f"A conferência dos livros encontrou diferenças. {found}.")
