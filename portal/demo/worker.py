"""The worker's part of the story: jobs are run as they are enqueued, those to the outside never."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.cards.models.cards import CardSetup
from portal.cards.rules.cards import PREPARE_SETUP, CardSetupState
from portal.shared.mail_rows import MailMessage
from portal.shared.mail_writing import write_letter
from portal.shared.queue import Lane, QueuedJob, TryLater
from portal.shared.queue.kinds import kinds
from portal.shared.tokens import LinkToken
from portal.signatures.operations.sealing import SealingOrder

AT_HOME = (Lane.PAPER, Lane.BANK, Lane.DEFAULT)


def run_queue(session: Session, *, now: datetime, present: datetime) -> None:
    """Print, seal and book what waits, in this transaction and as of `now`.

    A certificate seals in the `present` only, whatever day the story tells. Without one, what was signed
    waits to be sealed.
    """
    for job in session.scalars(_waiting(*AT_HOME)).all():
        kind = kinds()[job.kind]
        request = kind.before(session, job.subject_id, now=now)
        if isinstance(request, SealingOrder):
            request = replace(request, sealed_at=present)
        try:
            outcome = kind.call(request) if request is not None else None
        except TryLater:
            continue
        if request is not None:
            kind.record(session, job.subject_id, outcome, now=now)
        _close(job, now=now)
    session.flush()


def mailed_link(session: Session, kind: str, subject_id: int, *, now: datetime) -> LinkToken:
    """The link in the newest mail of a kind about a row, which is written now unless it was before.

    Raises:
        LookupError: the mail leads to no page.
    """
    newest = select(MailMessage).filter_by(kind=kind, subject_id=subject_id).order_by(MailMessage.id.desc())
    mail = session.scalars(newest.limit(1)).one()
    if mail.link_token_id is None:
        write_letter(session, mail, now=now)
    if mail.link_token_id is None:
        raise LookupError(f"a mail {kind} has no link")
    return session.get_one(LinkToken, mail.link_token_id)


def leave_the_rest(session: Session, *, now: datetime) -> None:
    """What the story leaves to the real worker is asked for now: it is given its whole time of trying.

    What follows from money is no such thing: it is booked and mailed as of when the money came.
    """
    for job in session.scalars(_waiting(Lane.DEFAULT)).all():
        if kinds()[job.kind].before(session, job.subject_id, now=job.enqueued_at) is None:
            _close(job, now=job.enqueued_at)
    for job in session.scalars(_waiting(*Lane)).all():
        if job.kind == PREPARE_SETUP and _is_over(session, job.subject_id):
            _close(job, now=now)
        else:
            job.enqueued_at = job.next_attempt_at = now
    session.flush()


def count_unsealed(session: Session) -> int:
    """How many jobs of this machine itself wait: what was signed and could not be sealed."""
    return len(session.scalars(_waiting(Lane.PAPER)).all())


def _waiting(*lanes: Lane) -> Select[QueuedJob]:
    return (
        select(QueuedJob)
        .where(QueuedJob.state == "waiting", QueuedJob.lane.in_(lanes))
        .order_by(QueuedJob.id)
    )


def _is_over(session: Session, setup_id: int) -> bool:
    return session.get_one(CardSetup, setup_id).state is not CardSetupState.CREATED


def _close(job: QueuedJob, *, now: datetime) -> None:
    job.state, job.finished_at, job.attempts = "done", now, 1
