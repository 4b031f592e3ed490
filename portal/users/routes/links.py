"""Pages behind mailed links: the invitation and the new password. GET changes nothing."""

from collections.abc import Callable

from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue

from portal.shared import clock, login
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, render
from portal.shared.refusals import TooManyAttempts
from portal.shared.tokens import Purpose
from portal.users import queries
from portal.users.forms import ForgottenPasswordForm, NewPasswordForm
from portal.users.models import User
from portal.users.operations import invitations, passwords
from portal.users.operations.attempts import count_password_reset
from portal.users.routes import devices
from portal.users.routes.blueprint import blueprint
from portal.users.rules import LinkNotWorking
from portal.users.rules.passwords import WeakPassword


@blueprint.get("/convite/<token>")
@public
def invitation(token: str) -> ResponseReturnValue:
    """Whom the invitation is for, and a form to choose a password."""
    return _link_page("users/invitation.html", Purpose.INVITATION, token)


@blueprint.post("/convite/<token>")
@public
def accept_invitation(token: str) -> ResponseReturnValue:
    """Choose the first password."""

    def accept(password: str) -> User:
        return invitations.accept_invitation(db.session, secret=token, password=password, now=clock.now())

    return _choose_password("users/invitation.html", Purpose.INVITATION, token, accept)


@blueprint.get("/senha/esqueci")
@public
def forgotten_password() -> ResponseReturnValue:
    """Ask where to send the link."""
    return render("users/forgotten_password.html", form=ForgottenPasswordForm(formdata=None))


@blueprint.post("/senha/esqueci")
@public
def request_password_reset() -> ResponseReturnValue:
    """Send a link, if this is somebody's address; the answer does not tell."""
    form, session, now, origin = ForgottenPasswordForm(), db.session, clock.now(), devices.origin()
    if not form.validate():
        return render("users/forgotten_password.html", status=422, form=form)
    email = form.email.data or ""
    try:
        is_free = count_password_reset(
            session, email=email, address=origin.address, device=devices.mark(), now=now
        )
    except TooManyAttempts as refusal:
        show_refusal(form, refusal)
        return with_retry_after(render("users/forgotten_password.html", status=429, form=form), refusal)
    if is_free:
        passwords.request_password_reset(session, email=email, origin=origin, now=now)
    return render("users/reset_requested.html", email=email)


@blueprint.get("/senha/<token>")
@public
def new_password(token: str) -> ResponseReturnValue:
    """A form to choose a new password."""
    return _link_page("users/new_password.html", Purpose.PASSWORD_RESET, token)


@blueprint.post("/senha/<token>")
@public
def reset_password(token: str) -> ResponseReturnValue:
    """Choose a new password; every session of the person ends."""

    def reset(password: str) -> User:
        return passwords.reset_password(
            db.session, secret=token, password=password, origin=devices.origin(), now=clock.now()
        )

    return _choose_password("users/new_password.html", Purpose.PASSWORD_RESET, token, reset)


def _link_page(template: str, purpose: Purpose, secret: str) -> Response:
    try:
        _, user = queries.get_link(db.session, purpose=purpose, secret=secret, now=clock.now())
    except LinkNotWorking as refusal:
        return _not_working(purpose, refusal)
    return render(template, form=NewPasswordForm(formdata=None), user=user)


def _choose_password(template: str, purpose: Purpose, secret: str, choose: Callable[[str], User]) -> Response:
    form = NewPasswordForm()
    try:
        _, user = queries.get_link(db.session, purpose=purpose, secret=secret, now=clock.now())
    except LinkNotWorking as refusal:
        return _not_working(purpose, refusal)
    if not form.validate():
        return render(template, status=422, form=form, user=user)
    try:
        chosen_by = choose(form.password.data or "")
    except LinkNotWorking as refusal:
        return _not_working(purpose, refusal)
    except WeakPassword as refusal:
        show_refusal(form, refusal)
        return render(template, status=refusal.status, form=form, user=user)
    devices.remember(chosen_by.id)  # who reads their mail here may sign in here, whatever strangers try
    login.sign_out()  # whoever was signed in here before, this is another person's or a renewed access
    flash("Senha escolhida. Entre com ela.")
    return go_to(url_for("users.sign_in"))


def _not_working(purpose: Purpose, refusal: LinkNotWorking) -> Response:
    is_reset = purpose is Purpose.PASSWORD_RESET
    return render("users/link_not_working.html", status=404, message=refusal.message, is_reset=is_reset)
