"""Reads of notices and suspensions."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from portal.overdue.models import OverdueNotice, Suspension
from portal.overdue.queries.facts import among
from portal.shared.refusals import Missing
from portal.subscriptions.models import Subscription


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
    notice = joinedload(Suspension.notice, innerjoin=True)
    found = session.scalar(select(Suspension).options(notice).where(Suspension.id == suspension_id))
    if found is None:
        raise Missing("Não encontramos esta suspensão.")
    return found
