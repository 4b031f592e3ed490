"""What the users room does by the calendar."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.shared.clock import day_of, outside
from portal.shared.schedule import JobReport, job, job_health
from portal.users.notifications import tell_of_failed_job
from portal.users.operations.attempts import forget_old_attempts
from portal.users.operations.challenges import forget_old_challenges
from portal.users.operations.devices import forget_old_devices
from portal.users.operations.history import forget_old_accesses
from portal.users.operations.sessions import forget_old_sessions


@job("forget-old-access", title="Limpeza de acessos antigos")
def forget_old_access(session: Session, *, now: datetime) -> str:
    """Forget sessions that ended 90 days ago, attempts whose pause is over, and accesses of a year ago."""
    sessions = forget_old_sessions(session, now=now)
    attempts = forget_old_attempts(session, now=now)
    forget_old_devices(session, now=now)
    forget_old_challenges(session, now=now)
    events = forget_old_accesses(session, now=min(now, outside(now)))
    return f"{sessions} acessos, {attempts} contagens de tentativas e {events} linhas do histórico removidos."


@job("tell-of-failed-jobs", title="Aviso de rotinas que falharam")
def tell_of_failed_jobs(session: Session, *, now: datetime) -> JobReport:
    """Write to the administrators about every job whose last run failed, once a day each."""
    failed = [health for health in job_health(session, now) if health.failures_in_a_row]
    for health in failed:
        tell_of_failed_job(session, job=health, day=day_of(now), now=now)
    return JobReport(f"Rotinas que falharam: {len(failed)}.", {"failed": len(failed)})
