"""Signing in and out, and what becomes of a form whose session had ended."""

from datetime import datetime

from flask import Response, current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from portal.shared import auth, clock, login
from portal.shared.auth import Permission, actor, public, requires
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, is_htmx, render
from portal.shared.refusals import Refusal, TooManyAttempts
from portal.users import queries
from portal.users.forms import SignInForm
from portal.users.models import User
from portal.users.operations import sessions
from portal.users.operations.attempts import count_sign_in
from portal.users.operations.history import record_failed_sign_in
from portal.users.operations.sessions import check_sign_in
from portal.users.routes import devices, resuming, second_step
from portal.users.routes.blueprint import blueprint
from portal.users.routes.entering import enter
from portal.users.routes.resuming import Resumption
from portal.users.rules import DemoSignIn, local_path


@blueprint.get("/entrar")
@public
def sign_in() -> ResponseReturnValue:
    """The sign-in page; a signed-in person goes on."""
    target = local_path(request.args.get("proximo", "/"))
    if auth.signed_in():
        return redirect(target, 303)
    return _page(SignInForm(formdata=None, proximo=target))


@blueprint.post("/entrar")
@public
def sign_in_now() -> ResponseReturnValue:
    """Check e-mail and password and begin a session."""
    form = SignInForm()
    resumption = resuming.unpack(form.retomar.data or "")
    if not form.validate():
        return _page(form, 422, resumed=resumption)
    now = clock.now()
    try:
        user = _check(form, now=now)
        if user.second_factor_since:
            return second_step.begin(user, target=form.proximo.data or "/", resumption=resumption, now=now)
        person = enter(user, now=now)
    except Refusal as refusal:
        db.session.rollback()
        _keep_failure(form.email.data or "", refusal)
        return _refused(form, refusal, resumption)
    if resumption:
        return render("users/resume.html", resumption=resumption, person=person)
    return go_to(local_path(form.proximo.data or "/"))


@blueprint.get("/entrar/pronto")
@requires(Permission.USE_PORTAL, before_factor=True)
def signed_in_elsewhere() -> ResponseReturnValue:
    """Where a sign-in beside an open page ends: the person goes back to that page."""
    return render("users/signed_in_elsewhere.html")


@blueprint.post("/sair")
@public
def sign_out() -> ResponseReturnValue:
    """End the session of this browser."""
    if token := login.cookie_session_token():
        sessions.sign_out(db.session, session_token=token, origin=devices.origin(), now=clock.now())
    login.sign_out()
    flash("Você saiu.")
    return go_to(url_for("users.sign_in"))


@blueprint.post("/sair/todos")
@requires(Permission.USE_PORTAL, before_factor=True)
def sign_out_everywhere() -> ResponseReturnValue:
    """End every session of this person."""
    sessions.sign_out_everywhere(
        db.session, user_id=actor().user_id, origin=devices.origin(), now=clock.now()
    )
    login.sign_out()
    flash("Você saiu de todos os dispositivos.")
    return go_to(url_for("users.sign_in"))


def offer_to_resume() -> ResponseReturnValue:
    """Answer a form that came without a session, or from a page too old: nothing typed is lost.

    A whole form is carried through the sign-in page. htmx is told in words instead: its page stays
    open with everything in it.
    """
    person = auth.signed_in()
    if is_htmx():
        return render("users/session_ended.html", status=401, person=person)
    resumption = resuming.of_this_request()
    is_public = getattr(current_app.view_functions.get(request.endpoint or ""), "is_public", False)
    if resumption and (person or is_public):
        return render("users/resume.html", status=422, resumption=resumption, person=person)
    packed = resumption.packed() if resumption else ""
    return _page(SignInForm(formdata=None, proximo="/", retomar=packed), 401, resumed=resumption)


def _refused(form: SignInForm, refusal: Refusal, resumption: Resumption | None) -> Response:
    show_refusal(form, refusal)
    return with_retry_after(_page(form, refusal.status, resumed=resumption), refusal)


def _check(form: SignInForm, *, now: datetime) -> User:
    session, email = db.session, form.email.data or ""
    address, device = devices.origin().address, devices.mark()
    count_sign_in(session, email=email, address=address, device=device, now=now)
    session.commit()  # counted whatever follows
    return check_sign_in(
        session, email=email, password=form.password.data or "", address=address, device=device
    )


def _keep_failure(email: str, refusal: Refusal) -> None:
    """Keep that a sign-in was refused; not while a pause lasts, or a flood would fill the disk."""
    if isinstance(refusal, TooManyAttempts):
        return
    record_failed_sign_in(db.session, email=email, origin=devices.origin(), now=clock.now())
    db.session.commit()


def _page(form: SignInForm, status: int = 200, *, resumed: Resumption | None = None) -> Response:
    demo = [] if resumed else _demo_sign_ins()
    return render("users/sign_in.html", status=status, form=form, resumed=resumed, demo_sign_ins=demo)


def _demo_sign_ins() -> list[DemoSignIn]:
    """The people of a demonstration that is loaded. In production nobody is offered."""
    if environment().environment == "production":
        return []
    offered: tuple[DemoSignIn, ...] = current_app.extensions["portal.demo_sign_ins"]
    there = queries.list_active_among(db.session, [each.email for each in offered])
    return [each for each in offered if each.email in there]
