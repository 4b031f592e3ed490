"""Connections of an app that stay open from test to test: a new one costs more than most tests ask of it."""

from sqlalchemy import Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry


class WarmConnections:
    """`idle` are the server's processes behind the pooled connections nobody uses, rolled back already."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.idle: set[int] = set()
        event.listen(engine, "checkin", self._came_back)
        for name in ("checkout", "close", "invalidate"):
            event.listen(engine, name, self._is_away)

    def close(self) -> None:
        """Close them: their database goes."""
        self._engine.dispose()

    def _came_back(self, connection: DBAPIConnection | None, entry: ConnectionPoolEntry) -> None:
        if connection is not None:
            pid: int = connection.info.backend_pid
            entry.info["pid"] = pid
            self.idle.add(pid)

    def _is_away(self, _connection: DBAPIConnection, entry: ConnectionPoolEntry, *_more: object) -> None:
        self.idle.discard(entry.info.get("pid", 0))
