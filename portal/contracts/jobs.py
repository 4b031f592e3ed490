"""What the contracts room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.contracts import operations
from portal.shared.jobs import JobReport, job


@job("end-contracts", title="Fim de contratos")
def end_contracts(session: Session, *, now: datetime) -> JobReport:
    """End the contracts whose last day has passed."""
    ended = operations.end_contracts(session, now=now)
    return JobReport(
        f"Contratos encerrados: {ended}.", {"ended": ended}, more=ended >= operations.ENDED_AT_ONCE
    )
