"""One request, one transaction: 2xx and 3xx commit; anything else leaves nothing. And whose work it is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, Response, current_app, request
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session, UOWTransaction

from portal.shared.db import autocommitting, commit_each_statement, commits_itself, db, give_up_transaction

_WORKED_FOR = "portal.worked_for"


def init_app(app: Flask) -> None:
    """End the transaction of a request by what it answered; after `db.init_app`."""
    with app.app_context():
        event.listen(db.sessionmaker, "before_flush", _refuse_writes)
    app.before_request(_skip_transaction)
    app.after_request(_commit_or_roll_back)


def writes_nothing[View: Callable[..., Any]](view: View) -> View:
    """A view asked while somebody types: its statements commit by themselves, without BEGIN and COMMIT.

    That saves two of three round trips. What it would store through the session is refused.
    """
    view.writes_nothing = True  # type: ignore[attr-defined]
    return view


def work_for(session: Session, user_id: int) -> None:
    """Note at the edge for whom this session works, so that what it owes to others knows who caused it."""
    session.info[_WORKED_FOR] = user_id


def worked_for(session: Session) -> int | None:
    """The signed-in person this session works for; None in jobs, commands and public pages."""
    user_id: int | None = session.info.get(_WORKED_FOR)
    return user_id


def _skips_transaction() -> bool:
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "writes_nothing", False)


@contextmanager
def reading() -> Iterator[Connection]:
    """A connection to find out who asks: the request's own, if it has a transaction."""
    if commits_itself():
        with autocommitting().connect() as connection:
            yield connection
    else:
        yield db.session.connection()


def _skip_transaction() -> None:
    if _skips_transaction():
        commit_each_statement()


def _refuse_writes(_session: Session, _context: UOWTransaction, _instances: object) -> None:
    if commits_itself():
        raise RuntimeError(f"{request.endpoint} says that it writes nothing")


def _commit_or_roll_back(response: Response) -> Response:
    if commits_itself():
        return response
    if response.status_code < 400:
        db.session.commit()
    else:
        give_up_transaction()
    return response


def plan_by_present_sizes(session: Session) -> None:
    """Have what this connection kept of plans made anew when it is next asked, also those of foreign keys.

    A plan that a connection keeps was made for the tables as they were then: where thousands of rows come in
    part by part, one that reads a small table whole goes on doing so when it is large. To plan each statement
    each time is to plan the check of each key of each row each time, too.
    """
    session.execute(text("DISCARD PLANS"))
