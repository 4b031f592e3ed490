"""The worker's part of the story: errands are run as they are promised, those to the outside never."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.payments.models import CardSetup
from portal.payments.rules.cards import PREPARE_SETUP, CardSetupState
from portal.shared.errands import Errand, Lane, TryLater
from portal.shared.errands.kinds import kinds
from portal.signatures.operations import SealingOrder


def run_errands(session: Session, *, now: datetime, present: datetime) -> None:
    """Print, seal and book what waits, in this transaction and as of `now`.

    A certificate seals in the `present` only, whatever day the story tells. Without one, what was signed
    waits to be sealed.
    """
    run_inside(session)
    for errand in session.scalars(_waiting(Lane.PAPER)).all():
        kind = kinds()[errand.kind]
        request = kind.prepare(session, errand.subject_id, now=now)
        if isinstance(request, SealingOrder):
            request = replace(request, sealed_at=present)
        try:
            outcome = kind.do(request) if request is not None else None
        except TryLater:
            continue
        if request is not None:
            kind.settle(session, errand.subject_id, outcome, now=now)
        _close(errand, now=now)
    run_inside(session)


def run_inside(session: Session) -> None:
    """Book and mail what follows from money, each as of the instant it was promised."""
    for errand in session.scalars(_waiting(Lane.INSIDE)).all():
        kinds()[errand.kind].prepare(session, errand.subject_id, now=errand.asked_at)
        _close(errand, now=errand.asked_at)
    session.flush()


def leave_the_rest(session: Session, *, now: datetime) -> None:
    """What the story leaves to the real worker is asked for now: it is given its whole time of trying."""
    run_inside(session)
    for errand in session.scalars(_waiting(*Lane)).all():
        if errand.kind == PREPARE_SETUP and _is_over(session, errand.subject_id):
            _close(errand, now=now)
        else:
            errand.asked_at = errand.next_attempt_at = now
    session.flush()


def count_unsealed(session: Session) -> int:
    """How many errands of this machine itself wait: what was signed and could not be sealed."""
    return len(session.scalars(_waiting(Lane.PAPER)).all())


def _waiting(*lanes: Lane) -> Select[Errand]:
    return select(Errand).where(Errand.state == "waiting", Errand.lane.in_(lanes)).order_by(Errand.id)


def _is_over(session: Session, setup_id: int) -> bool:
    return session.get_one(CardSetup, setup_id).state is not CardSetupState.CREATED


def _close(errand: Errand, *, now: datetime) -> None:
    errand.state, errand.finished_at, errand.attempts = "done", now, 1
