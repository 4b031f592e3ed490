"""What the worker does after money came in, for tests of what comes of it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared.errands import Errand, Lane
from portal.shared.errands.kinds import kinds


def what_follows(session: Session) -> None:
    """Do the errands on rows of ours, in this transaction and each as of the instant it was enqueued."""
    session.flush()
    waiting = select(Errand).where(Errand.state == "waiting", Errand.lane == Lane.DEFAULT)
    for errand in session.scalars(waiting.order_by(Errand.id)).all():
        if kinds()[errand.kind].prepare(session, errand.subject_id, now=errand.asked_at) is not None:
            continue
        errand.state, errand.finished_at, errand.attempts = "done", errand.asked_at, 1
    session.flush()
