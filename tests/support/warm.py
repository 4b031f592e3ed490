"""Connections of an app that stay open from test to test: a new one costs more than most tests ask of it."""

from typing import Any

from psycopg._preparing import PrepareManager
from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry


class LastingStatements(PrepareManager):
    """Statements a connection planned once, kept also when a transaction is rolled back.

    psycopg forgets them then, lest one names a table that never came to be. Each test ends in a rollback, so
    PostgreSQL would plan everything anew for each.
    """

    prepared_max = 2_000

    def clear(self) -> bool:
        return False


class WarmConnections:
    """`idle` are the server's processes behind the pooled connections nobody uses, rolled back already."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.idle: set[int] = set()
        event.listen(engine, "connect", self._is_new)
        event.listen(engine, "checkin", self._came_back)
        for name in ("checkout", "close", "invalidate"):
            event.listen(engine, name, self._is_away)

    def close(self) -> None:
        """Close them: their database goes."""
        self._engine.dispose()

    def _is_new(self, connection: Any, _entry: ConnectionPoolEntry) -> None:
        connection._prepared = LastingStatements()

    def _came_back(self, connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if connection is not None:
            pid: int = connection.info.backend_pid
            entry.info["pid"] = pid
            self.idle.add(pid)

    def _is_away(self, _connection: DBAPIConnection, entry: ConnectionPoolEntry, *_more: object) -> None:
        self.idle.discard(entry.info.get("pid", 0))
