"""Signing in by a mailed link, and leaving. Opening the link changes nothing: mail scanners open links."""

from flask import Response, flash, url_for
from flask.typing import ResponseReturnValue

from portal.shared import clock
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.errors import with_retry_after
from portal.shared.fields import show_refusal
from portal.shared.htmx import go_to, render
from portal.shared.refusals import TooManyAttempts
from portal.subscribers.forms import LinkForm
from portal.subscribers.operations import signing_in
from portal.subscribers.queries.people import get_entry
from portal.subscribers.routes import guard
from portal.subscribers.routes.blueprint import blueprint
from portal.subscribers.rules import EntryNotWorking
from portal.users.operations.attempts import count_subscriber_link


@blueprint.get("/entrar")
@public
def sign_in() -> ResponseReturnValue:
    """Ask where to send the link."""
    return render("subscribers/sign_in.html", form=LinkForm(formdata=None))


@blueprint.post("/entrar")
@public
def request_link() -> ResponseReturnValue:
    """Send a link, if this is an address of a customer's; the answer does not tell."""
    form, now = LinkForm(), clock.now()
    if not form.validate():
        return render("subscribers/sign_in.html", status=422, form=form)
    email = form.email.data or ""
    try:
        is_free = count_subscriber_link(db.session, email=email, address=guard.origin().address, now=now)
    except TooManyAttempts as refusal:
        show_refusal(form, refusal)
        return with_retry_after(render("subscribers/sign_in.html", status=429, form=form), refusal)
    if is_free:
        signing_in.request_sign_in(db.session, email=email, now=now)
    return render("subscribers/link_sent.html", email=email)


@blueprint.get("/entrar/<token>")
@public
def entry(token: str) -> ResponseReturnValue:
    """Whose link it is, and the button that uses it."""
    try:
        _, request = get_entry(db.session, token, now=clock.now())
    except EntryNotWorking as refusal:
        return _not_working(refusal)
    return render("subscribers/entry.html", email=request.email, token=token)


@blueprint.post("/entrar/<token>")
@public
def enter(token: str) -> ResponseReturnValue:
    """Use the link up and begin a session; one that this browser had ends."""
    now = clock.now()
    try:
        session_token = signing_in.enter(db.session, secret=token, origin=guard.origin(), now=now)
    except EntryNotWorking as refusal:
        return _not_working(refusal)
    if earlier := guard.session_token():
        signing_in.leave(db.session, session_token=earlier, now=now)
    guard.remember(session_token)
    return go_to(url_for("subscribers.home"))


@blueprint.post("/sair")
@public
def leave() -> ResponseReturnValue:
    """End the session of this browser."""
    if token := guard.session_token():
        signing_in.leave(db.session, session_token=token, now=clock.now())
    guard.forget()
    flash("Você saiu.")
    return go_to(url_for("subscribers.sign_in"))


def _not_working(refusal: EntryNotWorking) -> Response:
    return render("subscribers/link_not_working.html", status=refusal.status, message=refusal.message)
