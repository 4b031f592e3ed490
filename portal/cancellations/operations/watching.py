"""A request should be answered on its day: what is open in the evening alarms support."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from portal.cancellations.queries import list_unalarmed
from portal.cancellations.rules.cases import alarm_key
from portal.shared.auth import Role
from portal.shared.clock import day_of
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

AT_ONCE = 500
ANSWER_WITHIN = timedelta(hours=1)


def alarm_open_cases(session: Session, *, now: datetime) -> int:
    """One task a case and day; says how many, `AT_ONCE` when more may wait."""
    today = day_of(now)
    cases = list_unalarmed(session, today=today, now=now, limit=AT_ONCE)
    for case in cases:
        open_task(
            session,
            key=alarm_key(case.id, today),
            kind=TaskKind.CANCELLATION,
            team=Role.SUPPORT,
            title=f"Cancelamento {case.protocol} ainda sem desfecho às 18h",
            detail=case.words,
            subject=case,
            due_at=now + ANSWER_WITHIN,
            now=now,
        )
    return len(cases)
