"""Reads of notices and suspensions."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.overdue.models import OverdueNotice, Suspension
from portal.overdue.queries.facts import among
from portal.shared.refusals import Missing
from portal.subscriptions.models import Subscription


def list_notices(session: Session, ids: Collection[int]) -> Sequence[OverdueNotice]:
    """Notices by their ids."""
    return session.scalars(select(OverdueNotice).where(among(OverdueNotice.id, ids))).all()


def list_suspensions(session: Session, ids: Collection[int]) -> Sequence[Suspension]:
    """Suspensions by their ids, with their notices."""
    notice = joinedload(Suspension.notice, innerjoin=True)
    return session.scalars(select(Suspension).options(notice).where(among(Suspension.id, ids))).all()


def made_at(
    session: Session, subscription_ids: Collection[int], at: datetime
) -> tuple[Sequence[int], Sequence[int]]:
    """The ids of the notices that subscriptions were given at an instant, and of their suspensions."""
    contracts = select(Subscription.contract_id).where(among(Subscription.id, subscription_ids))
    notices = select(OverdueNotice.id).where(
        OverdueNotice.contract_id.in_(contracts), OverdueNotice.noticed_at == at
    )
    begun = select(Suspension.id).where(Suspension.contract_id.in_(contracts), Suspension.suspended_at == at)
    return session.scalars(notices).all(), session.scalars(begun).all()


def load_suspension(session: Session, suspension_id: int) -> Suspension:
    """A suspension with its notice. Raises `Missing`."""
    found = list_suspensions(session, [suspension_id])
    if not found:
        raise Missing("Não encontramos esta suspensão.")
    return found[0]
