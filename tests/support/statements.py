"""How many statements a request sends, which is what a page costs, and how they are carried out."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from portal.shared.db import db

OVERHEAD = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements sent inside the block, in order; transactions and savepoints apart."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith(OVERHEAD):
            sent.append(statement)

    with _heard(app, note):
        yield sent


@contextmanager
def plans(app: Flask, is_wanted: Callable[[str], bool]) -> Iterator[list[str]]:
    """How PostgreSQL carries out each statement in the block that is wanted."""
    found: list[str] = []

    def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if is_wanted(statement):
            cursor.execute(f"EXPLAIN {statement}", parameters)
            found.append("\n".join(line for (line,) in cursor.fetchall()))

    with _heard(app, explain):
        yield found


@contextmanager
def _heard(app: Flask, listener: Callable[..., None]) -> Iterator[None]:
    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", listener)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", listener)
