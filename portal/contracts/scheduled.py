"""What the contracts room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts.operations import activating
from portal.contracts.operations.activating import ENDED_AT_ONCE
from portal.shared.schedule import JobReport, job


@job("end-contracts", title="Fim de contratos")
def end_contracts(session: Session, *, now: datetime) -> JobReport:
    """End the contracts whose last day has passed."""
    ended = activating.end_contracts(session, now=now)
    return JobReport(f"Contratos encerrados: {ended}.", {"ended": ended}, more=ended >= ENDED_AT_ONCE)
