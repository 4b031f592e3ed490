"""Sign-in by flask-login, and the guard of every view.

What flask-login keeps in the cookie is the token of a session's row; see `docs/decisions/0010-sign-in.md`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask, current_app, g, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user, logout_user

from portal.shared.auth import Actor, Permission, public, signed_in
from portal.shared.db import db
from portal.shared.htmx import go_to, htmx, is_htmx
from portal.shared.refusals import Forbidden
from portal.shared.transactions import work_for

log = logging.getLogger(__name__)
COOKIE_DAYS = timedelta(days=31)  # longer than any session may last; the session's row says when it ends
# What the cookie holds, by name: flask-login's key, the token of a session found ended, flask-wtf's key.
_SESSION_TOKEN, _ENDED_TOKEN, _CSRF_SECRET = "_user_id", "ended_token", "csrf_token"


@dataclass(frozen=True, slots=True)
class _Callbacks:
    load_actor: Callable[[str], Actor | None]
    offer_to_resume: Callable[[], ResponseReturnValue]
    ask_to_confirm: Callable[[], ResponseReturnValue]
    ask_for_factor: Callable[[], ResponseReturnValue]


def init_app(
    app: Flask,
    *,
    load_actor: Callable[[str], Actor | None],
    offer_to_resume: Callable[[], ResponseReturnValue],
    ask_to_confirm: Callable[[], ResponseReturnValue],
    ask_for_factor: Callable[[], ResponseReturnValue],
) -> None:
    """Guard every view. Comes before the CSRF check: an ended session is asked to sign in, not refused.

    `load_actor` finds the person of a session token (hashed at rest). `offer_to_resume` answers a
    form that cannot be taken as it came, without losing what was typed; `ask_to_confirm` asks for a proof
    first, `ask_for_factor` for adding a second factor.
    """
    app.config.update(PERMANENT_SESSION_LIFETIME=COOKIE_DAYS, SESSION_REFRESH_EACH_REQUEST=False)
    app.extensions["portal.auth"] = _Callbacks(load_actor, offer_to_resume, ask_to_confirm, ask_for_factor)
    manager = LoginManager()
    # Networks and browsers change under an honest person; the session's row says who is in, and until when.
    manager.session_protection = None  # type: ignore[assignment]
    manager.user_loader(_load_once)
    manager.unauthorized_handler(_ask_to_sign_in)
    manager.init_app(app, add_context_processor=False)  # the layouts get `current_actor`
    app.before_request(_guard)
    app.view_functions["static"] = public(app.view_functions["static"])


def cookie_session_token() -> str | None:
    """The session token this browser sent, whether or not its session still runs."""
    return session.get(_SESSION_TOKEN) or session.get(_ENDED_TOKEN)


def sign_in(session_token: str, *, same_person: bool) -> Actor | None:
    """Give this browser a new session; None, and nothing changed, when its holder may not be in.

    All the cookie held is dropped. Only if the `same_person` was signed in here before does the form
    secret stay, so that a page still open in another tab can be sent.
    """
    person = _callbacks().load_actor(session_token)
    if person is None:
        return None
    secret = session.get(_CSRF_SECRET) if same_person else None
    sign_out()
    session.permanent = True
    login_user(person, remember=False)
    if secret:
        session[_CSRF_SECRET] = secret
    return person


def sign_out() -> None:
    """Forget everything this browser's cookie held."""
    logout_user()
    session.clear()
    g.pop(_CSRF_SECRET, None)  # the token made for the page of the old session


def _load_once(session_token: str) -> Actor | None:
    """The loader of flask-login. Once a request: the page that says the database is away asks again."""
    if "actor_was_asked_for" in g:
        return None
    g.actor_was_asked_for = True
    return _callbacks().load_actor(session_token)


def _callbacks() -> _Callbacks:
    callbacks: _Callbacks = current_app.extensions["portal.auth"]
    return callbacks


def _guard() -> ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # no such address: 404 follows
    view = current_app.view_functions[request.endpoint]
    if getattr(view, "is_public", False):
        return None
    guard: Callable[[], ResponseReturnValue | None] = getattr(view, "guard", _guard_for_users)
    return guard()


def _guard_for_users() -> ResponseReturnValue | None:
    view = current_app.view_functions[request.endpoint or ""]
    permission: Permission | None = getattr(view, "permission", None)
    if permission is None:
        raise RuntimeError(f"the view {request.endpoint} declares no permission")
    person = signed_in()
    if person is None:
        return ask_to_sign_in()
    if not person.can(permission):
        log.warning("refused: person %s lacks %s for %s", person.user_id, permission, request.endpoint)
        raise Forbidden
    if person.must_add_factor and not getattr(view, "before_factor", False):
        return _callbacks().ask_for_factor()
    if getattr(view, "needs_confirmation", False) and not person.is_confirmed:
        return _callbacks().ask_to_confirm()
    if largest := getattr(view, "largest_body", None):  # nothing of the body is read yet
        request.max_content_length = largest
    work_for(db.session, person.user_id)
    return None


def ask_to_sign_in() -> ResponseReturnValue:
    """Send to the sign-in page; what was being sent, or stands in the page, is not lost."""
    answer: ResponseReturnValue = _manager().unauthorized()
    return answer


def _ask_to_sign_in() -> ResponseReturnValue:
    """The unauthorized handler of flask-login.

    A whole page goes to the sign-in page. A fragment does not: its page may hold what was typed, so htmx
    shows there that the session ended.
    """
    if ended := session.pop(_SESSION_TOKEN, None):  # looked up for nothing on every page else
        session[_ENDED_TOKEN] = ended
    if request.method in {"GET", "HEAD"} and (htmx.wants_page or not is_htmx()):
        address = url_for("users.sign_in", proximo=request.full_path.rstrip("?"))
        return go_to(address)
    return offer_to_resume()


def offer_to_resume() -> ResponseReturnValue:
    """Answer a form that cannot be taken as it came, so that it can be sent again."""
    return _callbacks().offer_to_resume()


def _manager() -> LoginManager:
    manager: LoginManager = current_app.login_manager  # type: ignore[attr-defined]
    return manager
