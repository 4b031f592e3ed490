"""What the documents room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents import queries
from portal.shared import clock
from portal.shared.jobs import JobReport, job


@job("check-files", title="Conferência dos documentos guardados")
def check_files(session: Session, *, now: datetime) -> JobReport:
    """Read a seventh of the files against their SHA-256, so that damage is found before somebody asks."""
    share = clock.day_of(now).weekday()
    checked, damaged = queries.check_contents(session, share=share, shares=7)
    message = f"Documentos conferidos: {checked}. Danificados: {len(damaged)}"
    names = f" (números {', '.join(map(str, damaged))})" if damaged else ""
    return JobReport(f"{message}{names}.", {"checked": checked, "damaged": len(damaged)})
