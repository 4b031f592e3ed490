"""Until when a contract is paid: the room that knows stands downstream."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractPaused
from portal.shared.questions import Question, ask


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidTime:
    """Until when a contract is paid, and until when its service is released.

    Both are one day, except where what was paid ends on the day before a due date: then the service is
    released until that date. `next_due_on` is when the payment after the last falls due; None for an
    amendment, which goes on with the due dates of the contract it changes. From `paused_from` to
    `paused_until` the customer wanted no service, or wants none; the last such time, if there was one.
    """

    covered_until: date
    released_until: date
    next_due_on: date | None
    paused_from: date | None = None
    paused_until: date | None = None

    def is_paused(self, today: date) -> bool:
        """Whether a pause runs on a day, or is agreed for later."""
        return self.paused_until is not None and self.paused_until >= today

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


def require_no_pause(
    session: Session, contract: Contract, *, today: date, is_told_to_customer: bool = False
) -> None:
    """Raise `ContractPaused` where a pause of a loaded contract runs or is agreed for later."""
    paid = paid_time(session, contract)
    if paid is not None and paid.paused_until is not None and paid.is_paused(today):
        raise ContractPaused(paid.paused_until, is_told_to_customer=is_told_to_customer)
