"""What an administrator does by hand: run a job now, send a failed mail again, decide about a held one."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.dashboard.rules import mail_title
from portal.shared import audit, schedule
from portal.shared.auth import Actor
from portal.shared.mail_delivery import send_again
from portal.shared.mail_release import drop, release
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import try_again
from portal.shared.refusals import Conflict, Missing
from portal.users.models import User


def request_job(session: Session, *, name: str, actor: Actor, now: datetime) -> str:
    """Make a job due now; the queue runs it after this transaction. Answers its title.

    Raises:
        Missing: there is no such job.
        Conflict: it runs at this moment.
    """
    entry = schedule.find_job(name)
    if entry is None:
        raise Missing("Não existe esta rotina.")
    job, _when = entry
    try:
        schedule.make_due(session, job, now=now)
    except schedule.JobIsRunning:
        raise Conflict(f"“{job.title}” está em execução neste momento.") from None
    audit.record(
        session,
        action="job_requested",
        summary=f"Rotina “{job.title}” pedida para agora",
        subject=session.get_one(User, actor.user_id),
        actor=actor,
        now=now,
    )
    return job.title


def retry_job(session: Session, *, job_id: int, actor: Actor, now: datetime) -> str:
    """Have a stuck job tried at once. Answers its title.

    Raises:
        Missing: there is no such job.
        Conflict: it is done.
    """
    job, title = try_again(session, job_id=job_id, now=now)
    audit.record(
        session,
        action="job_retried",
        summary=f"“{title}”, parada na fila, pedida de novo",
        subject=job,
        actor=actor,
        now=now,
    )
    return title


def resend_mail(session: Session, *, mail_id: int, actor: Actor, now: datetime) -> MailMessage:
    """Put a failed mail back into the queue.

    Raises:
        Missing: there is no such mail.
        Conflict: it is not failed any more, or its link no longer works.
    """
    mail = send_again(session, mail_id=mail_id, now=now)
    _log_mail(session, mail, "mail_resent", "de volta à fila", actor=actor, now=now)
    return mail


def release_mail(session: Session, *, mail_id: int, actor: Actor, now: datetime) -> MailMessage:
    """Let a held mail go, whatever the limits.

    Raises:
        Missing: there is no such mail.
        Conflict: it is not held any more.
    """
    mail = release(session, mail_id=mail_id, now=now)
    _log_mail(session, mail, "mail_released", "liberado apesar do limite", actor=actor, now=now)
    return mail


def drop_mail(session: Session, *, mail_id: int, actor: Actor, now: datetime) -> MailMessage:
    """Have a held mail never sent.

    Raises:
        Missing: there is no such mail.
        Conflict: it is not held any more.
    """
    mail = drop(session, mail_id=mail_id, why=f"Descartado por {actor.name}.")
    _log_mail(session, mail, "mail_dropped", "descartado sem envio", actor=actor, now=now)
    return mail


def _log_mail(
    session: Session, mail: MailMessage, action: str, what: str, *, actor: Actor, now: datetime
) -> None:
    audit.record(
        session,
        action=action,
        summary=f"E-mail “{mail_title(mail.kind)}” {what}",
        subject=mail,
        actor=actor,
        now=now,
    )
