"""Tarefas: the list, one task, and a new one by hand."""

import secrets
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from portal.shared import clock, htmx
from portal.shared.auth import Permission, Role, actor, requires
from portal.shared.db import as_key, db
from portal.shared.fields import show_refusal
from portal.shared.filters import datetime_br
from portal.shared.lists import csv_response
from portal.shared.refusals import Refusal
from portal.tasks import queries
from portal.tasks.forms import CloseForm, NewTaskForm, OwnerForm
from portal.tasks.models import Task
from portal.tasks.operations import close_task, give_task, open_task
from portal.tasks.rules import SUBJECT_PAGES, OwnerFilter, TaskFilter, TaskKind, TaskResult

blueprint = Blueprint("tasks", __name__)
CSV_HEADER = (
    "Tarefa", "Tipo", "Equipe", "Responsável", "Parceiro", "Cliente", "Prazo", "Aberta em",
    "Encerrada em", "Resultado", "O que foi feito",
)  # fmt: skip


@blueprint.get("/tarefas")
@requires(Permission.WORK_TASKS)
def index() -> Response:
    """The open tasks of one's team, the most urgent first."""
    now, listing = clock.now(), queries.TASK_LIST.read(request.args)
    return htmx.render(
        "tasks/index.html",
        now=now,
        listing=listing,
        page=queries.list_tasks(db.session, listing, actor=actor(), now=now),
        states=TaskFilter.choices(),
        kinds=TaskKind.choices(),
        owners=OwnerFilter.choices(),
        teams=list(queries.TEAM_FILTER.items()),
    )


@blueprint.get("/tarefas.csv")
@requires(Permission.WORK_TASKS)
def export() -> Response:
    """The same list for a spreadsheet."""
    listing = queries.TASK_LIST.read(request.args)
    rows = _rows(queries.list_for_export(listing, actor=actor(), now=clock.now()))
    return csv_response("tarefas.csv", CSV_HEADER, rows)


@blueprint.get("/tarefas/nova")
@requires(Permission.WORK_TASKS)
def new() -> Response:
    """A task by hand."""
    mine = actor().role.value
    form = NewTaskForm(formdata=None, data={"creation_key": secrets.token_urlsafe(16), "team": mine})
    return htmx.render("tasks/new.html", form=form)


@blueprint.post("/tarefas/nova")
@requires(Permission.WORK_TASKS)
def create() -> Response:
    """Write it down."""
    form = NewTaskForm()
    if not form.validate():
        return htmx.render("tasks/new.html", status=422, form=form)
    open_task(
        db.session,
        key=f"by_hand:{actor().user_id}:{form.creation_key.data}",
        kind=TaskKind.OTHER,
        team=Role(form.team.data),
        title=form.title.data or "",
        detail=form.detail.data or "",
        due_at=form.due_at,
        owner_id=actor().user_id if form.team.data == actor().role else None,
        actor=actor(),
        now=clock.now(),
    )
    flash("Tarefa criada.")
    return htmx.go_to(url_for("tasks.index"))


@blueprint.get("/tarefas/<int:task_id>")
@requires(Permission.WORK_TASKS)
def show(task_id: int) -> Response:
    """One task."""
    return _task_page(queries.get_task(db.session, task_id))


@blueprint.post("/tarefas/<int:task_id>/responsavel")
@requires(Permission.WORK_TASKS)
def give(task_id: int) -> Response:
    """Say who does it."""
    task, owner = queries.get_task(db.session, task_id), request.form.get("owner", "")
    form = OwnerForm(formdata=None)
    try:
        owner_id = as_key(owner) if owner else None
        give_task(db.session, task=task, owner_id=owner_id, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _refused(task_id, form, refusal)
    flash("Responsável definido.")
    return htmx.go_to(url_for("tasks.show", task_id=task_id))


@blueprint.post("/tarefas/<int:task_id>/encerrar")
@requires(Permission.WORK_TASKS)
def close(task_id: int) -> Response:
    """Say what came of it."""
    task, form = queries.get_task(db.session, task_id), CloseForm()
    if not form.validate():
        return _task_page(task, closing=form, status=422)
    result, note = TaskResult(form.result.data), form.note.data or ""
    try:
        close_task(db.session, task=task, result=result, note=note, actor=actor(), now=clock.now())
    except Refusal as refusal:
        return _refused(task_id, form, refusal)
    flash("Tarefa encerrada.")
    return htmx.go_to(url_for("tasks.index"))


def _refused(task_id: int, form: CloseForm | OwnerForm, refusal: Refusal) -> Response:
    db.session.rollback()
    show_refusal(form, refusal)
    task = queries.get_task(db.session, task_id)
    if isinstance(form, CloseForm):
        return _task_page(task, closing=form, status=refusal.status)
    return _task_page(task, owning=form, status=refusal.status)


def _task_page(
    task: Task, *, closing: CloseForm | None = None, owning: OwnerForm | None = None, status: int = 200
) -> Response:
    owning = owning or OwnerForm(formdata=None)
    people = queries.list_owners(db.session, task.team)
    owning.owner.offer([("", "Ninguém"), *((str(person.id), person.name) for person in people)])
    owning.owner.data = str(task.owner_id or "")
    return htmx.render(
        "tasks/show.html",
        status=status,
        task=task,
        mentions=queries.list_mentions(db.session, task.id),
        now=clock.now(),
        subject_url=_subject_url(task),
        closing=closing or CloseForm(formdata=None),
        owning=owning,
    )


def _subject_url(task: Task) -> str | None:
    if (page := SUBJECT_PAGES.get(task.subject_type)) is None:
        return None
    endpoint, name = page
    values: dict[str, Any] = {name: task.subject_id} if name else {}
    return url_for(endpoint, **values)


def _rows(tasks: Iterator[Task]) -> Iterator[tuple[object, ...]]:
    for task in tasks:
        yield (
            task.title,
            task.kind.label,
            task.team.label,
            task.owner.name if task.owner else "",
            task.partner.trade_name if task.partner else "",
            task.customer.name if task.customer else "",
            datetime_br(task.due_at),
            datetime_br(task.opened_at),
            datetime_br(task.closed_at) if task.closed_at else "",
            task.result.label if task.result else "",
            task.result_note,
        )
