"""Held mails: let go by the job when the hour has room, or sent or dropped by an administrator."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from portal.shared.mail import post_office
from portal.shared.mail_brake import take_turn, why_held
from portal.shared.mail_delivery import let_go
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.refusals import Conflict, Missing
from portal.shared.schedule import JobReport, job

BATCH = 200  # let go in one transaction, in which no other mail passes the brake


@job("release-held-mails", title="Liberação dos e-mails retidos")
def release_held_mails(session: Session, *, now: datetime) -> JobReport:
    """Let go what the hour has room for, the oldest first.

    A mail that may not go does not keep those to others waiting; one that still may not says the limit it
    meets now. What is queued while the hour has room leaves at once, before the next run of this job.
    """
    take_turn(session)
    limits = post_office().limits
    released, full = 0, set[tuple[object, ...]]()
    for mail in _lock_all_held(session):
        whose = (mail.caused_by_id, mail.partner_id)
        like = (mail.to_address.lower(), *whose, mail.is_urgent, mail.is_of_run)
        if like in full:
            continue
        if why := why_held(session, mail, limits=limits, now=now):
            mail.last_error = why
            full.add(like)
            continue
        let_go(session, mail, now=now)
        released += 1
        if released == BATCH:
            break
    return JobReport(f"E-mails liberados: {released}.", {"released": released}, more=released == BATCH)


def release(session: Session, *, mail_id: int, now: datetime) -> MailMessage:
    """Send a held mail now, whatever the limits; it counts in this hour.

    Raises:
        Missing: there is no such mail.
        Conflict: it is not held any more.
    """
    mail = _lock_held(session, mail_id)
    let_go(session, mail, now=now)
    return mail


def drop(session: Session, *, mail_id: int, why: str) -> MailMessage:
    """Never send a held mail; its row stays, and says why.

    Raises:
        Missing: there is no such mail.
        Conflict: it is not held any more.
    """
    mail = _lock_held(session, mail_id)
    mail.state, mail.last_error = MailState.DROPPED, why
    return mail


def _lock_all_held(session: Session) -> Iterable[MailMessage]:
    """The oldest first, without their bodies. One that somebody decides about at this moment is left out."""
    held = select(MailMessage).where(MailMessage.state == MailState.HELD)
    held = held.options(defer(MailMessage.text_body), defer(MailMessage.html_body))
    oldest_first = held.order_by(MailMessage.created_at, MailMessage.id)
    return session.scalars(oldest_first.with_for_update(skip_locked=True))


def _lock_held(session: Session, mail_id: int) -> MailMessage:
    mail = session.get(MailMessage, mail_id, with_for_update=True)
    if mail is None:
        raise Missing("Não encontramos este e-mail.")
    if mail.state != MailState.HELD:
        raise Conflict(f"Este e-mail já não está retido: {mail.state_label.lower()}.")
    return mail
