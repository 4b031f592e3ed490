"""Minha conta: one's own name, password and devices."""

from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue

from portal.shared import clock
from portal.shared.auth import Permission, actor, requires
from portal.shared.db import db
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, render
from portal.shared.refusals import Refusal
from portal.shared.tokens import hash_secret
from portal.users import queries
from portal.users.forms import ChangePasswordForm, NameForm
from portal.users.operations import passwords
from portal.users.operations.attempts import count_proof
from portal.users.operations.people import rename_user
from portal.users.operations.sessions import end_session_of
from portal.users.routes import devices
from portal.users.routes.blueprint import blueprint

ACCESSES_SHOWN = 15


@blueprint.get("/conta")
@requires(Permission.USE_PORTAL)
def account() -> ResponseReturnValue:
    """Name, password and the devices on which one is signed in."""
    return _page()


@blueprint.post("/conta/nome")
@requires(Permission.USE_PORTAL)
def change_name() -> ResponseReturnValue:
    """Change one's own name."""
    form = NameForm()
    if not form.validate():
        return _page(name_form=form, status=422)
    rename_user(db.session, name=form.name.data or "", actor=actor(), now=clock.now())
    flash("Nome salvo.")
    return go_to(url_for("users.account"))


@blueprint.post("/conta/senha")
@requires(Permission.USE_PORTAL)
def change_password() -> ResponseReturnValue:
    """Change one's own password; other devices are signed out."""
    form = ChangePasswordForm()
    if not form.validate():
        return _page(password_form=form, status=422)
    try:
        _change_password(form)
    except Refusal as refusal:
        db.session.rollback()
        show_refusal(form, refusal)
        return _page(password_form=form, status=refusal.status, refusal=refusal)
    flash("Senha alterada. Os outros dispositivos precisam entrar de novo.")
    return go_to(url_for("users.account"))


@blueprint.post("/conta/sessoes/<int:session_id>/encerrar")
@requires(Permission.USE_PORTAL)
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign out on another device."""
    end_session_of(
        db.session,
        user_id=actor().user_id,
        session_id=session_id,
        origin=devices.origin(),
        now=clock.now(),
    )
    flash("Acesso encerrado nesse dispositivo.")
    return go_to(url_for("users.account"))


def _change_password(form: ChangePasswordForm) -> None:
    session, person, now = db.session, actor(), clock.now()
    count_proof(session, user_id=person.user_id, now=now, field="current_password")
    session.commit()  # counted whatever follows
    passwords.change_password(
        session,
        current_password=form.current_password.data or "",
        password=form.password.data or "",
        actor=person,
        origin=devices.origin(),
        now=now,
    )
    devices.remember(person.user_id)


def _page(
    *,
    name_form: NameForm | None = None,
    password_form: ChangePasswordForm | None = None,
    status: int = 200,
    refusal: Refusal | None = None,
) -> Response:
    person = actor()
    page = render(
        "users/account.html",
        status=status,
        name_form=name_form or NameForm(formdata=None, name=person.name),
        password_form=password_form or ChangePasswordForm(formdata=None),
        sessions=queries.list_open_sessions(db.session, user_id=person.user_id, now=clock.now()),
        this_session=hash_secret(person.session_token),
        accesses_shown=queries.list_latest_accesses(db.session, user_id=person.user_id, count=ACCESSES_SHOWN),
    )
    return with_retry_after(page, refusal)
