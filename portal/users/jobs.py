"""What the users room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.jobs import job
from portal.users import operations


@job("forget-old-access", title="Limpeza de acessos antigos")
def forget_old_access(session: Session, *, now: datetime) -> str:
    """Forget sessions that ended 90 days ago, attempts whose pause is over, and accesses of a year ago."""
    sessions = operations.forget_old_sessions(session, now=now)
    attempts = operations.forget_old_attempts(session, now=now)
    operations.forget_old_devices(session, now=now)
    operations.forget_old_challenges(session, now=now)
    events = operations.forget_old_accesses(session, now=now)
    return f"{sessions} acessos, {attempts} contagens de tentativas e {events} linhas do histórico removidos."
