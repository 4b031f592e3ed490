"""Until when a contract is paid: the room that knows stands downstream."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True)
class PaidUntil(Question[date | None]):
    """The last day of a contract that is paid; None before its first payment."""

    contract_id: int


def covered_until(session: Session, contract_id: int) -> date | None:
    """The last day of a contract that is paid."""
    (day,) = ask(session, PaidUntil(contract_id))
    return day
