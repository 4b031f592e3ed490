"""What the documents room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.documents import queries
from portal.documents.rules.files import FilesDamaged
from portal.shared import clock
from portal.shared.schedule import JobReport, job


@job("check-files", title="Conferência dos documentos guardados")
def check_files(session: Session, *, now: datetime) -> JobReport:
    """Read a seventh of the files against their SHA-256, before somebody asks; fail if one is damaged."""
    share = clock.day_of(now).weekday()
    checked, damaged = queries.check_contents(session, share=share, shares=7)
    if damaged:
        raise FilesDamaged(damaged, checked=checked)
    return JobReport(f"Documentos conferidos: {checked}. Todos íntegros.", {"checked": checked})
