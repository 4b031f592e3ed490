"""One request, one transaction: of those that write, 2xx and 3xx commit; anything else leaves nothing."""

from collections.abc import Callable

from flask import Flask, Response, current_app, request

from portal.shared.db import begin_as_reader, db, is_reader

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def writes_on_get[F: Callable[..., object]](view: F) -> F:
    """Mark a view that stores something on GET (a recorded view of a public page)."""
    view.writes_on_get = True  # type: ignore[attr-defined]
    return view


def reads_on_post[F: Callable[..., object]](view: F) -> F:
    """Mark a view that stores nothing on POST (a calculation), so that it takes no write lock."""
    view.reads_on_post = True  # type: ignore[attr-defined]
    return view


def init_app(app: Flask) -> None:
    """Begin by what the view does; end by what it answered."""
    app.before_request(_choose_lock)
    app.after_request(_commit_or_roll_back)


def _choose_lock() -> None:
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method in SAFE_METHODS:
        begin_as_reader(not getattr(view, "writes_on_get", False))
    else:
        begin_as_reader(getattr(view, "reads_on_post", False))


def _commit_or_roll_back(response: Response) -> Response:
    if is_reader():
        return response  # nothing to end: the session is closed with the request
    if response.status_code < 400:
        db.session.commit()
    else:
        db.session.rollback()
    return response
