"""Which months of a customer are paid: the room that knows stands downstream."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.customers.rules import ServiceMonth
from portal.shared.auth import Actor
from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsOfService(Question[Sequence[ServiceMonth]]):
    """The latest months of a customer, of all its contracts or of one.

    `actor` None: for the customer itself, without what its partner owes for it.
    """

    actor: Actor | None
    customer_id: int
    contract_id: int | None = None
    today: date


def months_of_service(
    session: Session, *, actor: Actor | None, customer_id: int, contract_id: int | None = None, today: date
) -> Sequence[ServiceMonth]:
    """The latest months, the oldest first; none before anything was paid."""
    asked = MonthsOfService(actor=actor, customer_id=customer_id, contract_id=contract_id, today=today)
    (months,) = ask(session, asked)
    return months
