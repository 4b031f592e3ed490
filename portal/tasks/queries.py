"""Reads of the tasks room. Its people see every task; lists begin with those of one's team and one's own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from portal.partners.models import Partner
from portal.partners.queries.searching import all_words
from portal.shared.auth import Actor, Role
from portal.shared.lists import ListRequest, ListSpec, Page, contains, paginate, read_all
from portal.shared.refusals import Missing
from portal.tasks.models import Task, TaskMention
from portal.tasks.rules import CAUSE_END, TEAMS, OwnerFilter, TaskFilter, TaskKind, end_of_day
from portal.users.models import User

EXPORT_LIMIT = 50_000
MENTIONS_SHOWN = 50
ALL_TEAMS = "todas"
TEAM_FILTER = {**{role.value: role.label for role in TEAMS}, ALL_TEAMS: "Todas"}
TASK_LIST = ListSpec(
    sorts={"prazo": Task.due_at, "aberta": Task.opened_at, "tarefa": Task.title},
    default="prazo",
    filters={"estado": TaskFilter, "tipo": TaskKind, "responsavel": OwnerFilter, "equipe": TEAM_FILTER},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """How many open tasks a person sees: of a day before, of today, and all."""

    late: int
    today: int
    open: int

    @property
    def due(self) -> int:
        """Those that should be done by the end of the day."""
        return self.late + self.today


def list_tasks(session: Session, request: ListRequest, *, actor: Actor, now: datetime) -> Page[Task]:
    """A page of tasks with owner, partner and customer; open ones unless asked otherwise."""
    return paginate(session, _tasks(request, actor, now), request)


def list_for_export(request: ListRequest, *, actor: Actor, now: datetime) -> Iterator[Task]:
    """The whole list as filtered and sorted, read while a file is sent; at most 50.000 lines."""
    yield from read_all(request.ordered(_tasks(request, actor, now)).limit(EXPORT_LIMIT))


def get_task(session: Session, task_id: int) -> Task:
    """A task with everybody around it.

    Raises:
        Missing: there is none.
    """
    found = session.scalar(
        select(Task)
        .where(Task.id == task_id)
        .options(
            joinedload(Task.owner),
            joinedload(Task.opened_by),
            joinedload(Task.closed_by),
            joinedload(Task.partner),
            joinedload(Task.customer),
        )
    )
    if found is None:
        raise Missing("Não encontramos esta tarefa.")
    return found


def count_open(session: Session, *, actor: Actor, now: datetime) -> TaskCounts:
    """The open tasks of a person and their team, by how late they are. One statement."""
    begins, ends = end_of_day(now) - timedelta(days=1), end_of_day(now)
    late, today, all_ = session.execute(
        select(
            func.count().filter(Task.due_at < begins),
            func.count().filter(Task.due_at >= begins, Task.due_at < ends),
            func.count(),
        ).where(Task.closed_at.is_(None), _is_for(actor))
    ).one()
    return TaskCounts(late=late, today=today, open=all_)


def find_open(session: Session, cause: str) -> Task | None:
    """The open task of what may come again and again (`operations.open_or_mention`)."""
    return session.scalar(select(Task).where(is_of_cause(cause), Task.closed_at.is_(None)).limit(1))


def count_of_cause(session: Session, cause: str) -> int:
    """How many tasks of a cause somebody closed."""
    closed = select(func.count(Task.id)).where(is_of_cause(cause), Task.closed_at.is_not(None))
    return session.scalar(closed) or 0


def is_of_cause(cause: str) -> ColumnElement[bool]:
    """Whether a task is one of those of a cause."""
    return Task.key.startswith(f"{cause}{CAUSE_END}", autoescape=True)


def was_said(session: Session, cause: str, said: str) -> bool:
    """Whether a task of a cause, open or closed, mentions this."""
    mentions = select(TaskMention.id).join(Task, Task.id == TaskMention.task_id)
    found = mentions.where(is_of_cause(cause), TaskMention.said == said).limit(1)
    return session.scalar(found) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentions:
    """What came of what a task is about: how often, and the newest."""

    count: int
    newest: Sequence[TaskMention]


def list_mentions(session: Session, task_id: int) -> Mentions:
    """The newest first."""
    mine = TaskMention.task_id == task_id
    newest = select(TaskMention).where(mine).order_by(TaskMention.id.desc()).limit(MENTIONS_SHOWN)
    count = session.scalar(select(func.count(TaskMention.id)).where(mine))
    return Mentions(count=count or 0, newest=session.scalars(newest).all())


def list_owners(session: Session, team: Role) -> Sequence[User]:
    """Who may own a task of a team."""
    return session.scalars(
        select(User)
        .where(User.role.in_((team, Role.ADMIN)), User.disabled_at.is_(None), User.activated_at.is_not(None))
        .order_by(User.name, User.id)
    ).all()


def _is_for(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.ADMIN:
        return true()
    return or_(Task.team == actor.role, Task.owner_id == actor.user_id)


def _of_team(actor: Actor, asked: str) -> ColumnElement[bool]:
    if not asked:
        return _is_for(actor)
    return true() if asked == ALL_TEAMS else Task.team == Role(asked)


def _tasks(request: ListRequest, actor: Actor, now: datetime) -> Select[Task]:
    statement = (
        select(Task)
        .outerjoin(Task.partner)
        .options(joinedload(Task.owner), joinedload(Task.partner), joinedload(Task.customer))
        .where(
            _of_team(actor, request.filter("equipe")),
            *_in_state(request.filter("estado") or TaskFilter.OPEN, now),
        )
    )
    if kind := request.filter("tipo"):
        statement = statement.where(Task.kind == TaskKind(kind))
    if owner := request.filter("responsavel"):
        mine = Task.owner_id == actor.user_id
        statement = statement.where(mine if owner == OwnerFilter.MINE else Task.owner_id.is_(None))
    if request.search:
        found = contains(func.lower(Task.title), request.search.lower())
        statement = statement.where(or_(found, all_words(Partner.search_text, request.search)))
    return statement


def _in_state(state: str, now: datetime) -> Iterator[ColumnElement[bool]]:
    begins, ends = end_of_day(now) - timedelta(days=1), end_of_day(now)
    if state == TaskFilter.CLOSED:
        yield Task.closed_at.is_not(None)
        return
    yield Task.closed_at.is_(None)
    if state == TaskFilter.LATE:
        yield Task.due_at < begins
    elif state == TaskFilter.TODAY:
        yield Task.due_at.between(begins, ends)
