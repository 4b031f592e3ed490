"""Until when a contract is paid; the room that knows stands downstream and is wired by the app."""

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

type CoverageSource = Callable[[Session, int], date | None]


def _nothing_paid(_session: Session, _contract_id: int) -> date | None:
    return None


_source: list[CoverageSource] = [_nothing_paid]


def wire_coverage(source: CoverageSource) -> None:
    """Replace whoever tells, for a contract's id, the last day that is paid (None: none)."""
    _source[:] = [source]


def covered_until(session: Session, contract_id: int) -> date | None:
    """The last day of a contract that is paid."""
    return _source[0](session, contract_id)
