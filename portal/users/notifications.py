"""What the users room says to people, by mail."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared.mail import absolute_url, queue_notice
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind, always
from portal.shared.schedule import JobHealth, ScheduledJob, job_health
from portal.shared.tokens import Purpose
from portal.users.models import User
from portal.users.queries import has_chosen_password, list_active_admins


def send_invitation(session: Session, user: User, *, invited_by: str, now: datetime) -> None:
    """Tell a person that an account waits for them, with the link that opens it."""
    facts = {"invited_by": invited_by}
    _queue(session, user, "invitation", f"invitation:{user.id}:{now.isoformat()}", facts=facts, now=now)


def send_password_reset(session: Session, user: User, *, now: datetime) -> None:
    """Send the link with which a person chooses a new password."""
    key = f"password-reset:{user.id}:{now.isoformat()}"
    _queue(session, user, "password_reset", key, now=now, is_urgent=True)


def send_password_changed(session: Session, user: User, *, now: datetime) -> None:
    """Tell a person that the password was changed, in case it was somebody else."""
    key = f"password-changed:{user.id}:{now.isoformat()}"
    _queue(session, user, "password_changed", key, now=now, is_urgent=True)


def send_factor_notice(session: Session, user: User, *, what: str, now: datetime) -> None:
    """Tell a person what became of the second factor, in case it was somebody else."""
    key = f"second-factor:{user.id}:{now.isoformat()}:{what}"
    _queue(session, user, "second_factor", key, facts={"what": what}, now=now, is_urgent=True)


def tell_of_failed_job(session: Session, *, job: JobHealth, day: date, now: datetime) -> int:
    """Tell every administrator that a scheduled job fails, once a day; how many there are."""
    admins = session.scalars(select(User).where(User.id.in_(list_active_admins(session)))).all()
    for admin in admins:
        key = f"job-failed:{job.name}:{day.isoformat()}:{admin.id}"
        _queue(session, admin, "job_failed", key, facts={"job": job.name}, now=now, is_urgent=True)
    return len(admins)


def _queue(session: Session, user: User, kind: str, key: str, **more: Any) -> None:
    queue_notice(
        session,
        kind=kind,
        subject_id=user.id,
        key=key,
        to=user.email,
        to_name=user.name,
        partner_id=user.partner_id,
        **more,
    )


def _is_still_invited(session: Session, notice: MailMessage, _now: datetime) -> bool:
    """By this address: one that was corrected gets no link any more, also at the same moment."""
    user = _locked(session, notice)
    return (
        user is not None
        and user.disabled_at is None
        and user.activated_at is None
        and user.email == notice.to_address
    )


def _may_choose_a_password(session: Session, notice: MailMessage, _now: datetime) -> bool:
    """Unless one was chosen since: that ended every link there was."""
    user = _locked(session, notice)
    return (
        user is not None
        and user.disabled_at is None
        and user.activated_at is not None
        and not has_chosen_password(session, user.id, since=notice.created_at)
    )


def _locked(session: Session, notice: MailMessage) -> User | None:
    """Nobody disables or corrects the person while the link is made: the revocation would miss it."""
    return session.get(User, notice.subject_id, with_for_update={"read": True})


def _invitation(session: Session, notice: MailMessage, now: datetime) -> Letter:
    user = session.get_one(User, notice.subject_id)
    valid_for = timedelta(days=settings.value(session, Name.INVITATION_VALID_DAYS))
    return Letter(
        template="invitation",
        context={"user": user, "invited_by": notice.facts["invited_by"]},
        link=_link(user, Purpose.INVITATION, "users.invitation", ends_at=now + valid_for),
    )


def _password_reset(session: Session, notice: MailMessage, now: datetime) -> Letter:
    user = session.get_one(User, notice.subject_id)
    valid_for = timedelta(minutes=settings.value(session, Name.PASSWORD_RESET_VALID_MINUTES))
    return Letter(
        template="password_reset",
        context={"user": user},
        link=_link(user, Purpose.PASSWORD_RESET, "users.new_password", ends_at=now + valid_for),
    )


def _link(user: User, purpose: Purpose, endpoint: str, *, ends_at: datetime) -> Link:
    return Link(
        purpose=purpose, subject_id=user.id, partner_id=user.partner_id, endpoint=endpoint, ends_at=ends_at
    )


def _password_changed(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    context = {
        "user": session.get_one(User, notice.subject_id),
        "changed_at": notice.created_at,
        "url": absolute_url("users.forgotten_password"),
    }
    return Letter(template="password_changed", context=context)


def _second_factor(session: Session, notice: MailMessage, _now: datetime) -> Letter:
    context = {
        "user": session.get_one(User, notice.subject_id),
        "what": notice.facts["what"],
        "changed_at": notice.created_at,
        "url": absolute_url("users.account"),
    }
    return Letter(template="second_factor", context=context)


def _still_fails(session: Session, notice: MailMessage, _now: datetime) -> bool:
    row = session.get(ScheduledJob, notice.facts["job"])
    return row is not None and row.failures_in_a_row > 0


def _job_failed(session: Session, notice: MailMessage, now: datetime) -> Letter:
    job = next(job for job in job_health(session, now) if job.name == notice.facts["job"])
    context = {
        "user": session.get_one(User, notice.subject_id),
        "title": job.title,
        "times": job.failures_in_a_row,
        "failed_at": job.last_run.started_at if job.last_run else notice.created_at,
        "message": job.last_run.message if job.last_run else "",
        "url": absolute_url("dashboard.operations"),
    }
    return Letter(template="job_failed", context=context)


NOTICES = (
    NoticeKind(name="job_failed", is_needed=_still_fails, write=_job_failed),
    NoticeKind(name="invitation", is_needed=_is_still_invited, write=_invitation),
    NoticeKind(name="password_reset", is_needed=_may_choose_a_password, write=_password_reset),
    NoticeKind(name="password_changed", is_needed=always, write=_password_changed),
    NoticeKind(name="second_factor", is_needed=always, write=_second_factor),
)
