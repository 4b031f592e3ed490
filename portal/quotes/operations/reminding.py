"""Requests that wait too long: first a reminder, then somebody else is asked too; each once."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from portal.quotes.models import Approval, QuoteVersion
from portal.quotes.notifications.approvals import approval_escalated, approval_reminder
from portal.quotes.rules.approval import due_after_business_days
from portal.quotes.rules.states import ApprovalState
from portal.settings import queries as settings
from portal.settings.rules.names import Name

REMINDED_AT_ONCE = 500


def remind_of_approvals(session: Session, *, now: datetime) -> tuple[int, int]:
    """Say how many were reminded of and how many taken further; `REMINDED_AT_ONCE` when more may wait.

    Whoever asked first is due first, so those due are the beginning of those who wait: nobody who is not due
    yet stands before somebody who is.
    """
    numbers = settings.values(session)
    remind_after = numbers[Name.APPROVAL_REMINDER_BUSINESS_DAYS]
    escalate_after = numbers[Name.APPROVAL_ESCALATION_BUSINESS_DAYS]
    reminded = escalated = 0
    for approval in _due(session, Approval.reminded_at, remind_after, now):
        version = _version(session, approval)
        approval_reminder(session, approval=approval, version=version, now=now)
        approval.reminded_at = now
        reminded += 1
    for approval in _due(session, Approval.escalated_at, escalate_after, now):
        version = _version(session, approval)
        approval_escalated(session, approval=approval, version=version, now=now)
        approval.escalated_at = now
        escalated += 1
    session.flush()
    return reminded, escalated


def _due(
    session: Session, done_at: InstrumentedAttribute[datetime | None], business_days: int, now: datetime
) -> Iterator[Approval]:
    """The requests that wait since so many business days and for which it was not done yet."""
    waiting = session.scalars(
        select(Approval)
        .where(
            Approval.state == ApprovalState.PENDING,
            Approval.requested_at <= now - timedelta(days=1),
            done_at.is_(None),
        )
        .order_by(Approval.requested_at, Approval.id)
        .limit(REMINDED_AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    return takewhile(lambda approval: _is_due(approval, business_days, now), waiting)


def _is_due(approval: Approval, business_days: int, now: datetime) -> bool:
    return now >= due_after_business_days(approval.requested_at, business_days)


def _version(session: Session, approval: Approval) -> QuoteVersion:
    return session.scalars(
        select(QuoteVersion)
        .where(QuoteVersion.id == approval.version_id)
        .options(joinedload(QuoteVersion.quote), joinedload(QuoteVersion.customer))
    ).one()
