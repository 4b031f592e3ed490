"""Requests that wait too long: first a reminder, then somebody else is asked too; each once."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from portal.quotes import notifications
from portal.quotes.models import Approval, QuoteVersion
from portal.quotes.rules import ApprovalState, due_after_business_days
from portal.settings import queries as settings
from portal.settings.rules import Name

AT_ONCE = 500


def remind_of_approvals(session: Session, *, now: datetime) -> tuple[int, int]:
    """Say how many were reminded of and how many taken further (at most 500 requests in one go)."""
    numbers = settings.values(session)
    remind_after = numbers[Name.APPROVAL_REMINDER_BUSINESS_DAYS]
    escalate_after = numbers[Name.APPROVAL_ESCALATION_BUSINESS_DAYS]
    waiting = session.scalars(
        select(Approval)
        .where(
            Approval.state == ApprovalState.PENDING,
            Approval.requested_at <= now - timedelta(days=1),
            or_(Approval.reminded_at.is_(None), Approval.escalated_at.is_(None)),
        )
        .order_by(Approval.requested_at)
        .limit(AT_ONCE)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    reminded = escalated = 0
    for approval in waiting:
        version = _version(session, approval)
        if approval.reminded_at is None and _is_due(approval, remind_after, now):
            notifications.approval_reminder(session, approval=approval, version=version, now=now)
            approval.reminded_at = now
            reminded += 1
        if approval.escalated_at is None and _is_due(approval, escalate_after, now):
            notifications.approval_escalated(session, approval=approval, version=version, now=now)
            approval.escalated_at = now
            escalated += 1
    session.flush()
    return reminded, escalated


def _is_due(approval: Approval, business_days: int, now: datetime) -> bool:
    return now >= due_after_business_days(approval.requested_at, business_days)


def _version(session: Session, approval: Approval) -> QuoteVersion:
    return session.scalars(
        select(QuoteVersion)
        .where(QuoteVersion.id == approval.version_id)
        .options(joinedload(QuoteVersion.quote), joinedload(QuoteVersion.customer))
    ).one()
