"""What the overdue room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.overdue.operations.nights import plan_night
from portal.shared.clock import day_of
from portal.shared.schedule import JobReport, job


@job("recompute-overdue", title="Atrasos, avisos e suspensões")
def look_at_overdue(session: Session, *, now: datetime) -> JobReport:
    """Have the queue look at every subscription that owes or is not in order, in chunks."""
    planned = plan_night(session, day=day_of(now), now=now)
    return JobReport(f"Mensalidades a conferir: {planned}.", {"planned": planned})
