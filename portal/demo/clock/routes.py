"""Relógio da demonstração: where the portal's day is moved. Its page exists in demonstrations alone."""

from datetime import datetime

from flask import Blueprint, Flask, Response, flash, url_for

from portal.demo.clock import queries
from portal.demo.clock.forms import MoveForm
from portal.demo.clock.moving import move_on
from portal.demo.clock.operations import ask_to_move
from portal.demo.clock.rules import Jump, next_event, target_of
from portal.shared import clock, demo_clock, htmx
from portal.shared.auth import Permission, actor, requires, signed_in
from portal.shared.clock import day_of
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.refusals import Refusal
from portal.shared.schedule import OWN_LOOPS

blueprint = Blueprint("demo_clock", __name__)


@blueprint.get("/demonstracao/relogio")
@requires(Permission.MOVE_CLOCK)
def show() -> Response:
    """The portal's day, where it may go, and what happened on the way."""
    return _page(MoveForm(formdata=None, keeps_desk=True))


@blueprint.post("/demonstracao/relogio")
@requires(Permission.MOVE_CLOCK)
def move() -> Response:
    """Have it moved."""
    form, now = MoveForm(), clock.now()
    if not form.validate():
        return _page(form, status=422)
    try:
        until = _target(form, now=now)
        keeps_desk, asked_by = bool(form.keeps_desk.data), actor().user_id
        ask_to_move(db.session, until=until, keeps_desk=keeps_desk, asked_by_id=asked_by, now=now)
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(form, status=refusal.status)
    flash(f"O relógio anda até {until.astimezone(clock.SAO_PAULO):%d/%m/%Y}. Cada dia é vivido por inteiro.")
    return htmx.go_to(url_for("demo_clock.show"))


def _target(form: MoveForm, *, now: datetime) -> datetime:
    today = day_of(now)
    event = next_event(queries.list_events(db.session, today=today), today)
    return target_of(Jump(form.jump.data), now=now, event=event, chosen=form.until.data)


def _page(form: MoveForm, *, status: int = 200) -> Response:
    now = clock.now()
    today = day_of(now)
    last = queries.last_move(db.session)
    days = queries.days_lived(db.session, since=last.from_at, until=last.reached_at) if last else []
    return htmx.render(
        "demo/clock.html",
        status=status,
        form=form,
        now=now,
        present=clock.wall(),
        event=next_event(queries.list_events(db.session, today=today), today),
        move=last,
        days=list(reversed(days)),
        jumps=Jump,
    )


def init_app(app: Flask) -> None:
    """Give the app its page, its banner on every page, and the worker that moves the clock."""
    demo_clock.init_app(app)
    app.register_blueprint(blueprint)
    app.extensions[OWN_LOOPS] = {"clock": move_on}

    @app.context_processor
    def banner() -> dict[str, object]:
        person = signed_in()
        return {
            "demo_day": clock.now(),
            "demo_clock_moves": demo_clock.stand().stands_at is not None,
            "may_move_clock": person is not None and person.can(Permission.MOVE_CLOCK),
        }
