"""Two transactions stopped and let go in every order in which they could wait for each other."""

import re
import threading
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import Connection, event, text
from sqlalchemy.orm import Session

from portal.shared.db import db
from portal.shared.refusals import Refusal

LOOK_S = 0.01
BLOCKED_BY = text("SELECT cardinality(pg_blocking_pids(:pid))")
PATIENCE_S = 30
LOCK = re.compile(
    r"FROM (\w+)\b.*FOR (?:NO KEY UPDATE|UPDATE|SHARE)|UPDATE (\w+)|INSERT INTO (\w+).*ON CONFLICT", re.DOTALL
)

type Act = Callable[[Session], object]


class Stoppable:
    """A transaction in a thread that stops before a statement until it is let go on; then rolled back."""

    def __init__(self, app: Flask, act: Act, *, before: int | None = None) -> None:
        self._app, self._act, self._before = app, act, before
        self._may_go_on = threading.Event()
        self.statements: list[str] = []
        self.has_stopped = threading.Event()
        self.error: BaseException | None = None
        self.pid: int | None = None
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def wait_until_stuck(self) -> None:
        """Until it ended, or waits for a lock of another transaction."""
        with self._app.app_context(), db.engine.connect() as connection:
            while self.thread.is_alive():
                if self.pid and connection.scalar(BLOCKED_BY, {"pid": self.pid}):
                    return
                self.thread.join(LOOK_S)

    def finish(self) -> None:
        """Let it go on to its end."""
        self._may_go_on.set()
        self.thread.join(PATIENCE_S)
        assert not self.thread.is_alive()

    def _run(self) -> None:
        with self._app.app_context():
            session = db.session
            connection = session.connection()
            self.pid = connection.scalar(text("SELECT pg_backend_pid()"))
            event.listen(connection, "before_cursor_execute", self._count)
            try:
                self._act(session)
                session.flush()
            except Refusal:
                pass  # whoever comes too late is told so
            except Exception as error:  # noqa: BLE001 - told to the test
                self.error = error
            finally:
                self.has_stopped.set()
                session.rollback()

    def _count(self, _connection: Connection, _cursor: object, statement: str, *_rest: Any) -> None:
        self.statements.append(statement)
        if len(self.statements) == self._before:
            self.has_stopped.set()
            self._may_go_on.wait(PATIENCE_S)


def find_circles(app: Flask, first: Act, second: Act) -> list[str]:
    """Where the two wait for each other: `first` is stopped after each new lock it takes, `second` goes as
    far as it can, then `first` goes on. Both are rolled back each time.

    Of each table only the first lock counts: rows of one table are taken in one order, which a test of its
    own shows (return files in opposite order).
    """
    whole = Stoppable(app, first)
    whole.finish()
    assert whole.error is None, whole.error
    found = []
    seen: set[tuple[str | None, ...]] = set()
    for number, statement in enumerate(whole.statements[:-1], 1):
        lock = LOCK.search(statement)
        if lock is None or lock.groups() in seen:
            continue
        seen.add(lock.groups())
        one = Stoppable(app, first, before=number + 1)
        one.has_stopped.wait(PATIENCE_S)
        other = Stoppable(app, second)
        other.wait_until_stuck()
        one.finish()
        other.finish()
        found += [f"after {statement[:90]}: {side.error}" for side in (one, other) if side.error]
    return found
