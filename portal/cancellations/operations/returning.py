"""Somebody talks again to a customer who left."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.operations.opening import follow_up_key
from portal.cancellations.rules.cases import check_follow_up
from portal.contracts.operations.locking import require_writer
from portal.shared.auth import Actor, Role
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.models import Task
from portal.tasks.operations import open_task
from portal.tasks.rules import TaskKind

WORKDAY_ENDS = 18


def plan_return(session: Session, *, case: CancellationCase, day: date, actor: Actor, now: datetime) -> Task:
    """A task of support for a day. Asked again for the same day, the one that is there.

    Raises:
        WrongFollowUp: the day is not ahead, or too far.
    """
    require_writer(actor)
    check_follow_up(day, today=day_of(now))
    return open_task(
        session,
        key=follow_up_key(case.id, day),
        kind=TaskKind.FOLLOW_UP,
        team=Role.SUPPORT,
        title=f"Convidar {case.customer.display_name} a voltar",
        detail=f"Saiu por: {case.reason.label.lower()}. {case.words}".strip(),
        subject=case,
        due_at=at_sao_paulo(day, WORKDAY_ENDS),
        actor=actor,
        now=now,
    )
