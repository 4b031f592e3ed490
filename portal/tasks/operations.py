"""Use cases of the tasks room: open once, give to somebody, close with a result."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.shared import audit
from portal.shared.auth import Actor, Role
from portal.shared.db import Base
from portal.shared.queueing import insert_once
from portal.tasks.models import Task, TaskMention
from portal.tasks.queries import count_of_cause, find_open
from portal.tasks.rules import (
    CAUSE_END,
    TITLE_LENGTH,
    CannotOwn,
    ResultMissing,
    TaskClosed,
    TaskKind,
    TaskResult,
)
from portal.users.models import User


def open_task(
    session: Session,
    *,
    key: str,
    kind: TaskKind,
    team: Role,
    title: str,
    due_at: datetime,
    now: datetime,
    detail: str = "",
    subject: Base | None = None,
    owner_id: int | None = None,
    actor: Actor | None = None,
) -> Task:
    """Ask a team for some work, once for each `key`: asked again, the task that is there, open or closed.

    `subject` is the flushed row it is about: its page opens from the task, and it says whose it is.
    """
    session.flush()
    values = {
        "key": key,
        "kind": kind,
        "team": team,
        "title": title,
        "detail": detail,
        "subject_type": type(subject).__tablename__ if subject else "",
        "subject_id": getattr(subject, "id", None),
        "partner_id": getattr(subject, "partner_id", None),
        "customer_id": subject.id if isinstance(subject, Customer) else getattr(subject, "customer_id", None),
        "owner_id": owner_id,
        "due_at": due_at,
        "opened_at": now,
        "opened_by_id": actor.user_id if actor else None,
        "result_note": "",
    }
    insert_once(session, Task, key="key", values=values)
    return session.scalars(select(Task).where(Task.key == key)).one()


def open_or_mention(
    session: Session,
    *,
    cause: str,
    said: Collection[str],
    team: Role,
    title: str,
    detail: str,
    due_at: datetime,
    now: datetime,
    subject: Base | None = None,
) -> Task:
    """Ask a team once about what may come again and again, and note what came each time.

    While the task of a `cause` is open it stays the only one; what comes after somebody closed it opens
    another one. `said` is at least one line; what was said before is not noted twice.
    """
    task = find_open(session, cause)
    if task is None:
        task = open_task(
            session,
            key=f"{cause}{CAUSE_END}{count_of_cause(session, cause) + 1}",
            kind=TaskKind.OTHER,
            team=team,
            title=title[:TITLE_LENGTH],
            detail=detail,
            due_at=due_at,
            now=now,
            subject=subject,
        )
    once = insert(TaskMention).on_conflict_do_nothing(index_elements=["task_id", "said"])
    lines = [{"task_id": task.id, "said": line, "said_at": now} for line in dict.fromkeys(said)]
    session.execute(once, lines)
    return task


def give_task(session: Session, *, task: Task, owner_id: int | None, actor: Actor, now: datetime) -> None:
    """Make somebody of the task's team its owner, or nobody.

    Raises:
        TaskClosed: it was closed meanwhile.
        CannotOwn: that person does not work on tasks of this team.
    """
    _lock_open(session, task)
    owner = session.get(User, owner_id) if owner_id is not None else None
    if owner_id is not None and (
        owner is None or owner.disabled_at is not None or owner.role not in (task.team, Role.ADMIN)
    ):
        raise CannotOwn
    if task.owner_id == owner_id:
        return
    task.owner_id = owner_id
    whose = f"para {owner.name}" if owner else "sem responsável"
    _log(session, task, "task_given", f"Tarefa “{task.title}” {whose}", actor=actor, now=now)


def close_task(
    session: Session, *, task: Task, result: TaskResult, note: str, actor: Actor | None, now: datetime
) -> None:
    """End a task with what came of it; `actor` is None where that came from outside.

    Raises:
        ResultMissing: `note` says nothing.
        TaskClosed: somebody closed it before.
    """
    if not note.strip():
        raise ResultMissing
    _lock_open(session, task)
    task.result, task.result_note = result, note.strip()
    task.closed_at, task.closed_by_id = now, actor.user_id if actor else None
    _log(
        session,
        task,
        "task_closed",
        f"Tarefa “{task.title}” encerrada: {result.label}",
        actor=actor,
        now=now,
        reason=task.result_note,
    )


def close_by_key(
    session: Session,
    *,
    key: str,
    note: str,
    actor: Actor | None,
    now: datetime,
    result: TaskResult = TaskResult.DONE,
) -> None:
    """End the task of a cause, because what it asked for was done where it belongs; if it is open."""
    task = session.scalars(select(Task).where(Task.key == key).with_for_update()).one_or_none()
    if task is not None and task.closed_at is None:
        close_task(session, task=task, result=result, note=note, actor=actor, now=now)


def close_about(
    session: Session, *, subject: Base, team: Role, note: str, actor: Actor | None, now: datetime
) -> None:
    """End all that a team was asked to do about a row, because it is over and done with."""
    tasks = session.scalars(
        select(Task)
        .where(
            Task.subject_type == type(subject).__tablename__,
            Task.subject_id == getattr(subject, "id", None),
            Task.team == team,
            Task.closed_at.is_(None),
        )
        .order_by(Task.id)
        .with_for_update()
    ).all()
    for task in tasks:
        close_task(session, task=task, result=TaskResult.DONE, note=note, actor=actor, now=now)


def _lock_open(session: Session, task: Task) -> None:
    session.refresh(task, ["closed_at", "owner_id"], with_for_update=True)
    if task.closed_at is not None:
        raise TaskClosed


def _log(
    session: Session,
    task: Task,
    action: str,
    summary: str,
    *,
    actor: Actor | None,
    now: datetime,
    reason: str = "",
) -> None:
    audit.record(session, action=action, summary=summary, subject=task, reason=reason, actor=actor, now=now)
