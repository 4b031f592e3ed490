"""Until when a contract is paid; the room that knows stands downstream and is wired by the app."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from portal.contracts.models import Contract


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


type CoverageSource = Callable[[Session, Contract], PaidTime | None]


def _nothing_paid(_session: Session, _contract: Contract) -> PaidTime | None:
    return None


_source: list[CoverageSource] = [_nothing_paid]


def wire_coverage(source: CoverageSource) -> None:
    """Replace whoever tells until when a loaded contract is paid (None: nothing is)."""
    _source[:] = [source]


def paid_time(session: Session, contract: Contract) -> PaidTime | None:
    """Until when a loaded contract is paid; None when nothing is."""
    return _source[0](session, contract)
