"""A worker as the database sees it: one LISTEN connection that holds an advisory lock while it lives.

New work rings through that connection (`pg_notify` by the triggers of the queue's tables), so that nobody has
to look for it. And when a process is killed, PostgreSQL drops its lock at once: any other worker that misses
the lock twice in a row lets go of what the dead one held. The connection must be direct, not through a pooler
in transaction mode.
"""

import logging
import threading
import time
from collections.abc import Callable

import psycopg
from psycopg import Connection, sql
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)

CHANNEL = "portal_queue"
WORKERS = 0x504F5254  # the class of the advisory locks; the worker's id is the object
LOOK_S = 0.4  # between two looks for dead workers
RECONNECT_S = 0.5

_LOCK = "SELECT pg_try_advisory_lock(%s, %s)"
_DEAD = """
    SELECT DISTINCT worker_id FROM queued_jobs
    WHERE worker_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM pg_locks
        WHERE locktype = 'advisory' AND classid = %s::oid AND objid = worker_id::oid AND objsubid = 2
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""
_RELEASE = """
    UPDATE queued_jobs SET worker_id = NULL, lease = NULL, leased_until = NULL WHERE worker_id = ANY(%s)
"""


class Presence:
    """The LISTEN connection of one worker, in a thread of its own; it calls `ring` when there may be work."""

    def __init__(self, engine: Engine, worker_id: int, *, ring: Callable[[], None]) -> None:
        self._engine, self._worker_id, self._ring = engine, worker_id, ring
        self._stopping = threading.Event()
        self._is_locked = False
        self._missing: set[int] = set()
        self._thread = threading.Thread(target=self._keep_up, name="queue-presence", daemon=True)

    def start(self) -> None:
        """Begin; the lock is held soon after."""
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """End the connection, and with it the lock."""
        self._stopping.set()
        self._thread.join(timeout_s)

    def _keep_up(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._connect() as connection:
                    self._listen(connection)
            except (psycopg.Error, SQLAlchemyError) as error:
                log.warning("the worker's connection ended: %s", type(error).__name__)
                self._stopping.wait(RECONNECT_S)

    def _connect(self) -> "Connection[tuple[object, ...]]":
        """A connection outside of the pool, which notices a vanished server within half a minute."""
        arguments, options = self._engine.dialect.create_connect_args(self._engine.url)
        keepalives = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3}
        return psycopg.connect(*arguments, **{**options, **keepalives}, autocommit=True)

    def _listen(self, connection: "Connection[tuple[object, ...]]") -> None:
        self._is_locked, self._missing = False, set()
        connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(CHANNEL)))
        self._ring()  # what was committed while nobody listened
        while not self._stopping.is_set():
            if not self._is_locked:  # the lock of a connection that broke may outlive it for a moment
                self._is_locked = connection.execute(_LOCK, (WORKERS, self._worker_id)).fetchone() == (True,)
            self._let_go_of_the_dead(connection)
            self._wait_for_work(connection)

    def _wait_for_work(self, connection: "Connection[tuple[object, ...]]") -> None:
        until = time.monotonic() + LOOK_S
        while (left := until - time.monotonic()) > 0:
            for _notice in connection.notifies(timeout=left, stop_after=1):
                self._ring()

    def _let_go_of_the_dead(self, connection: "Connection[tuple[object, ...]]") -> None:
        """Free what is held by workers whose lock was missing at two looks: one may only be reconnecting."""
        dead = {row[0] for row in connection.execute(_DEAD, (WORKERS,)).fetchall() if isinstance(row[0], int)}
        gone = dead & self._missing
        self._missing = dead - gone
        if gone:
            log.warning("taking over from %s dead workers", len(gone))
            connection.execute(_RELEASE, (list(gone),))
            self._ring()
