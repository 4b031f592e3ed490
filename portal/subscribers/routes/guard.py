"""Who may open a page of the Central do Assinante, and the cookie by which a browser is known.

It has nothing to do with the staff's: a cookie of its own, a table of its own, and no permission of theirs
opens a page here.
"""

from typing import Any

from flask import Response, after_this_request, current_app, g, request, url_for
from flask.typing import ResponseReturnValue

from portal.shared import clock
from portal.shared.auth import guarded_by
from portal.shared.db import db
from portal.shared.environment import environment
from portal.shared.htmx import go_to, is_htmx, render
from portal.subscribers.forms import LinkForm
from portal.subscribers.queries.people import Company, Subscriber, find_subscriber
from portal.subscribers.rules import SESSION_VALID_FOR
from portal.users.rules import Origin


def subscriber() -> Subscriber:
    """Who is signed in. Only in views of subscribers."""
    person: Subscriber = g.subscriber
    return person


def company() -> Company:
    """The company looked at. Only in views that need one."""
    chosen = subscriber().company
    if chosen is None:
        raise RuntimeError("company() in a view that needs none")
    return chosen


def render_own(template: str, *, status: int = 200, **context: Any) -> Response:
    """A page about the company looked at."""
    vendor = environment().company
    return render(
        template, status=status, subscriber=subscriber(), company=company(), vendor=vendor, **context
    )


def origin() -> Origin:
    """From where this request comes."""
    return Origin(address=request.remote_addr or "", user_agent=request.user_agent.string)


def session_token() -> str | None:
    """The token of this browser's session, whether or not that still runs."""
    return request.cookies.get(_name())


def remember(token: str) -> None:
    """Give this browser a session."""

    @after_this_request
    def set_cookie(response: Response) -> Response:
        response.set_cookie(
            _name(),
            token,
            max_age=SESSION_VALID_FOR,
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
        return response


def forget() -> None:
    """Take this browser's session from it."""

    @after_this_request
    def drop_cookie(response: Response) -> Response:
        secure = current_app.config["SESSION_COOKIE_SECURE"]
        response.delete_cookie(_name(), secure=secure, httponly=True, samesite="Lax")
        return response


def _name() -> str:
    return "__Host-assinante" if current_app.config["SESSION_COOKIE_SECURE"] else "assinante"


def _let_in() -> ResponseReturnValue | None:
    """None when somebody is in; else the way to sign in."""
    token = session_token()
    person = find_subscriber(db.session, token, now=clock.now()) if token else None
    if person is not None:
        g.subscriber = person
        return None
    if request.method in {"GET", "HEAD"} and not is_htmx():
        return go_to(url_for("subscribers.sign_in"))
    return render("subscribers/sign_in.html", status=401, form=LinkForm(formdata=None))


def _let_in_with_company() -> ResponseReturnValue | None:
    """As `_let_in`, and on to the choice of a company when none is looked at."""
    answer = _let_in()
    if answer is None and subscriber().company is None:
        return go_to(url_for("subscribers.companies"))
    return answer


for_subscribers = guarded_by(_let_in)
for_company = guarded_by(_let_in_with_company)
