"""How long the open requests for approval have waited."""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.quotes.models import Approval
from portal.quotes.queries.approvals import waits_for
from portal.quotes.rules.approval import due_after_business_days
from portal.shared.auth import Actor
from portal.shared.lists import COUNT_LIMIT


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueAges:
    """How many requests wait less than one business day, one to two, and two or more; the oldest 1.000."""

    fresh: int
    a_day: int
    overdue: int
    is_partial: bool

    @property
    def total(self) -> int:
        return self.fresh + self.a_day + self.overdue


def queue_ages(session: Session, *, actor: Actor, now: datetime) -> QueueAges:
    """The ages of the requests that this person may decide about. One statement."""
    asked = session.scalars(
        select(Approval.requested_at)
        .where(waits_for(actor))
        .order_by(Approval.requested_at)
        .limit(COUNT_LIMIT + 1)
    ).all()
    counted = asked[:COUNT_LIMIT]
    overdue, at_least_a_day = (
        bisect_right(counted, now, key=lambda instant: due_after_business_days(instant, days))
        for days in (2, 1)
    )
    return QueueAges(
        fresh=len(counted) - at_least_a_day,
        a_day=at_least_a_day - overdue,
        overdue=overdue,
        is_partial=len(asked) > COUNT_LIMIT,
    )
