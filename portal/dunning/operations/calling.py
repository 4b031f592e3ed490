"""What came of a call: the task ends, and what was said has its consequence."""

from datetime import date, datetime

from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.dunning.models import DunningMessage
from portal.dunning.operations.holds import hold
from portal.dunning.queries.calling import count_attempts, find_call_task
from portal.dunning.rules.calls import (
    MOST_ATTEMPTS,
    REACHED,
    CallOutcome,
    PromiseDayMissing,
    next_call_on,
)
from portal.dunning.rules.sending import HoldKind
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.brazil import format_date
from portal.shared.clock import at_sao_paulo, day_of
from portal.tasks.models import Task
from portal.tasks.operations import close_task, open_task
from portal.tasks.rules import TaskClosed, TaskKind, TaskResult

WORKDAY_ENDS = 18


def end_call(
    session: Session,
    *,
    message: DunningMessage,
    customer: Customer,
    outcome: CallOutcome,
    until_on: date | None,
    words: str,
    actor: Actor,
    now: datetime,
) -> Task | None:
    """End the call of a reminder; the task of the next one, where there is to be one.

    A promise leaves the customer alone up to its day; broken, the ladder goes on by itself. Who did not
    answer is called again on the next working day, three times in all. Support puts a wrong number right.

    Raises:
        PromiseDayMissing: at `until_on`.
        TaskClosed: somebody ended the call before.
    """
    today = day_of(now)
    if outcome is CallOutcome.PROMISED and (until_on is None or until_on <= today):
        raise PromiseDayMissing
    audit.lock_stream(session, customer_id=customer.id)
    task = find_call_task(session, message.id)
    if task is None:
        raise TaskClosed
    said = f"{outcome.label}. {words}".strip()
    result = TaskResult.DONE if outcome in REACHED else TaskResult.NOT_POSSIBLE
    close_task(session, task=task, result=result, note=said, actor=actor, now=now)
    if outcome is CallOutcome.PROMISED:
        reason = words or f"Prometeu na ligação de {format_date(today)}"
        hold(
            session,
            customer=customer,
            kind=HoldKind.PROMISE,
            until_on=until_on,
            reason=reason,
            actor=actor,
            now=now,
        )
    if outcome is CallOutcome.NO_ANSWER:
        return _call_again(session, message, task, now=now)
    if outcome is CallOutcome.WRONG_NUMBER:
        return _put_number_right(session, message, customer, now=now)
    return None


def _call_again(session: Session, message: DunningMessage, task: Task, *, now: datetime) -> Task | None:
    attempts = count_attempts(session, message.id)
    if attempts >= MOST_ATTEMPTS:
        return None
    return open_task(
        session,
        key=f"dunning:{message.id}:{attempts + 1}",
        kind=TaskKind.CALL,
        team=Role.SUPPORT,
        title=task.title,
        detail=f"Tentativa {attempts + 1} de {MOST_ATTEMPTS}: não atendeu em {format_date(day_of(now))}.",
        subject=message,
        due_at=at_sao_paulo(next_call_on(day_of(now)), WORKDAY_ENDS),
        now=now,
    )


def _put_number_right(
    session: Session, message: DunningMessage, customer: Customer, *, now: datetime
) -> Task:
    return open_task(
        session,
        key=f"wrong-number:{message.id}",
        kind=TaskKind.OTHER,
        team=Role.SUPPORT,
        title=f"Corrigir o telefone de {customer.display_name}",
        detail="O número do cadastro não é do cliente. Peça o certo ao parceiro ou por e-mail, e ligue.",
        subject=customer,
        due_at=at_sao_paulo(next_call_on(day_of(now)), WORKDAY_ENDS),
        now=now,
    )
