"""Until when a contract is paid: the room that knows stands downstream."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidTime:
    """Until when a contract is paid, and until when its service is released.

    Both are one day, except where what was paid ends on the day before a due date: then the service is
    released until that date. `next_due_on` is when the payment after the last falls due; None for an
    amendment, which goes on with the due dates of the contract it changes.
    """

    covered_until: date
    released_until: date
    next_due_on: date | None

    @property
    def ends_before_due_date(self) -> bool:
        return self.released_until > self.covered_until


@dataclass(frozen=True, slots=True)
class PaidTimeOf(Question[PaidTime | None]):
    """Until when a loaded contract is paid; None before its first payment."""

    contract: Contract


def paid_time(session: Session, contract: Contract) -> PaidTime | None:
    """Until when a loaded contract is paid; None when nothing is."""
    (paid,) = ask(session, PaidTimeOf(contract))
    return paid
