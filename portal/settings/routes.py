"""Pages of the settings room."""

from collections.abc import Callable
from itertools import groupby

from flask import Blueprint, Response, flash, url_for
from flask.typing import ResponseReturnValue

from portal.settings import operations, queries
from portal.settings.forms import SettingsForm, seen_field
from portal.settings.rules import BY_NAME, DEFINITIONS
from portal.settings.rules.checking import ChangedMeanwhile
from portal.settings.rules.names import Name
from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, render
from portal.shared.refusals import Missing, Refusal

blueprint = Blueprint("settings", __name__)


@blueprint.get("/configuracoes")
@requires(Permission.MANAGE_SETTINGS)
def index() -> ResponseReturnValue:
    """The numbers of the business, and who chose them."""
    present = queries.values(db.session)
    shown = {name.value: value for name, value in present.items()}
    seen = {seen_field(name): value for name, value in present.items()}
    return _page(SettingsForm(formdata=None, data=shown | seen))


@blueprint.post("/configuracoes")
@requires(Permission.MANAGE_SETTINGS, confirmed=True)
def save() -> ResponseReturnValue:
    """Give settings new values."""
    form = SettingsForm()
    if not form.validate():
        return _page(form, 422)
    try:
        changed = operations.change_settings(
            db.session, wanted=form.wanted(), seen=form.seen(), actor=actor(), now=clock.now()
        )
    except Refusal as refusal:
        db.session.rollback()  # so that the page tells what is saved, not what was about to be
        show_refusal(form, refusal)
        if isinstance(refusal, ChangedMeanwhile):
            _show_what_is_saved(form, refusal)
        return _page(form, refusal.status)
    flash(_said(changed))
    return go_to(url_for("settings.index"))


@blueprint.post("/configuracoes/<name>/confirmar")
@requires(Permission.MANAGE_SETTINGS, confirmed=True)
def agree(name: str) -> ResponseReturnValue:
    """Another admin agrees with a pending change."""
    return _decide(name, operations.agree_to_change, "Mudança confirmada.")


@blueprint.post("/configuracoes/<name>/desfazer")
@requires(Permission.MANAGE_SETTINGS, confirmed=True)
def withdraw(name: str) -> ResponseReturnValue:
    """A pending change does not come."""
    return _decide(name, operations.withdraw_change, "Mudança desfeita.")


def _decide(name: str, act: Callable[..., None], said: str) -> ResponseReturnValue:
    if name not in set(Name):
        raise Missing("Não existe esta configuração.")
    try:
        act(db.session, name=Name(name), actor=actor(), now=clock.now())
    except Refusal as refusal:
        db.session.rollback()
        flash(refusal.message, "warning")
    else:
        flash(said)
    return go_to(url_for("settings.index"))


def _show_what_is_saved(form: SettingsForm, refusal: ChangedMeanwhile) -> None:
    """The refused number stays as typed; it now stands against the one just saved."""
    seen = form[seen_field(Name(refusal.field or ""))]
    seen.raw_data, seen.data = None, refusal.facts["value"]


def _said(changed: list[Name]) -> str:
    if not changed:
        return "Nada mudou."
    pending = [
        name for name, row in queries.list_changed(db.session).items() if row.pending_value is not None
    ]
    waits = [BY_NAME[name].label for name in changed if name in pending]
    saved = [BY_NAME[name].label for name in changed if name not in pending]
    told = [f"Salvo: {', '.join(saved)}."] if saved else []
    return " ".join([*told, *(f"{label}: vale quando outro administrador confirmar." for label in waits)])


def _page(form: SettingsForm, status: int = 200) -> Response:
    groups = [
        (title, list(definitions)) for title, definitions in groupby(DEFINITIONS, lambda each: each.group)
    ]
    return render(
        "settings/index.html",
        status=status,
        form=form,
        groups=groups,
        seen_field=seen_field,
        changed=queries.list_changed(db.session),
        me=actor().user_id,
    )
