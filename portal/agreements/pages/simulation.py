"""The simulator: what somebody chose, what it comes to, and why it is not possible."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.agreements.queries.debts import limits_of, list_debts, standing_of
from portal.agreements.rules.terms import (
    Debt,
    Limits,
    Terms,
    Wanted,
    terms_of,
    usual,
    why_not_alone,
)
from portal.shared.brazil import format_money_input
from portal.shared.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """What a page shows. `beyond` is why the customer may not make it alone, `refusal` why nobody may."""

    debts: Sequence[Debt]
    chosen: Collection[int]
    wanted: Wanted
    limits: Limits
    terms: Terms | None
    beyond: str
    refusal: Refusal | None

    @property
    def entry_text(self) -> str:
        """The entry as it would be typed."""
        return format_money_input(self.wanted.entry_cents)

    @property
    def owed_cents(self) -> int:
        """What the chosen invoices cost today."""
        return sum(debt.total_cents for debt in self.debts if debt.invoice_id in self.chosen)


def simulate(
    session: Session,
    *,
    customer_id: int,
    chosen: Collection[int] | None,
    wanted: Wanted | None,
    today: date,
) -> Simulation:
    """The simulation of a customer's overdue invoices; all of them, and the usual terms, unless said."""
    debts, limits = list_debts(session, customer_id, today=today), limits_of(session)
    possible = [debt for debt in debts if not debt.is_settling]
    joined = [debt for debt in possible if chosen is None or debt.invoice_id in chosen]
    asked = wanted or usual(joined, limits, today=today)
    terms, beyond, refused = None, "", None
    try:
        terms = terms_of(joined, asked, limits=limits, today=today)
        standing = standing_of(session, customer_id)
        beyond = why_not_alone(terms, limits=limits, standing=standing, today=today)
    except Refusal as refusal:
        refused = refusal
    return Simulation(
        debts=debts,
        chosen={debt.invoice_id for debt in joined},
        wanted=asked,
        limits=limits,
        terms=terms,
        beyond=beyond,
        refusal=refused,
    )
