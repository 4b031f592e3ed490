"""What the users room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.jobs import job
from portal.users import operations


@job("forget-old-access", title="Limpeza de acessos antigos")
def forget_old_access(session: Session, *, now: datetime) -> str:
    """Forget sessions that ended 90 days ago and attempts whose pause is over."""
    sessions = operations.forget_old_sessions(session, now=now)
    attempts = operations.forget_old_attempts(session, now=now)
    return f"{sessions} acessos e {attempts} contagens de tentativas removidos."
