"""On which days customers were told of a suspension, as others write to them too."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from portal.overdue.models import OverdueNotice, Suspension, TrustRelease
from portal.overdue.rules.lateness import NOTICE_MAIL, SUSPENDED_MAIL, TRUST_ENDED_MAIL
from portal.shared.clock import SAO_PAULO, at_sao_paulo
from portal.shared.mail_rows import MailMessage, MailState

MAY_WAIT = timedelta(days=7)
"""How long before a day a mail was written at the earliest that left on it: the server may be away."""
TOLD_BY: tuple[tuple[str, type[Any]], ...] = (
    (NOTICE_MAIL, OverdueNotice),
    (SUSPENDED_MAIL, Suspension),
    (TRUST_ENDED_MAIL, TrustRelease),
)


def told_days(*, since: date, today: date) -> Select[*tuple[Any, ...]]:
    """`customer_id` and `told_on` of every day since one on which a customer is told of a suspension.

    What waits to be sent counts for today. What failed or was not needed told nobody.
    """
    told = union_all(*(_told(kind, table, since, today) for kind, table in TOLD_BY)).subquery("told")
    return select(told.c.customer_id, told.c.told_on).where(told.c.told_on >= since).distinct()


def is_told_today(session: Session, customer_id: int, *, today: date) -> bool:
    """Whether a customer is told of a suspension today, or was."""
    told = told_days(since=today, today=today).subquery()
    return bool(session.scalar(select(select(told).where(told.c.customer_id == customer_id).exists())))


def _told(kind: str, table: type[Any], since: date, today: date) -> Select[*tuple[Any, ...]]:
    sent_on: ColumnElement[Any] = func.date(func.timezone(SAO_PAULO.key, MailMessage.sent_at))
    waits = MailMessage.state == MailState.QUEUED
    return (
        select(
            table.customer_id.label("customer_id"),
            case((waits, literal(today)), else_=sent_on).label("told_on"),
        )
        .join(table, table.id == MailMessage.subject_id)
        .where(
            MailMessage.kind == kind,
            MailMessage.state.in_((MailState.QUEUED, MailState.SENT)),
            MailMessage.created_at >= at_sao_paulo(since) - MAY_WAIT,
        )
    )
