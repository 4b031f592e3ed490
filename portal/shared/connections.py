"""How the pool hands out connections: one the server has closed is noticed without a round trip to it."""

import select
import time

from sqlalchemy import Engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

STATEMENT_TIMEOUT_S, LONG_STATEMENT_S = 60, 300
PING_AFTER_IDLE_S = 30
SSD_PAGE_COST = 1.1  # of a page anywhere, in those of one that follows; PostgreSQL's 4 is of turning disks
PARALLEL = "max_parallel_workers_per_gather"

_RETURNED_AT = "portal.returned_at"


def watch(engine: Engine) -> None:
    """Limit the statements of this engine's connections, and replace those the server has closed.

    SQLAlchemy's own ping costs a round trip each time. A server that ends a connection writes to its socket
    and closes it, so a look at an idle socket tells as much; after half a minute of idleness, in which a
    network may have forgotten the connection without a word, it is pinged all the same.
    """
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "checkin", _note_return)

    @event.listens_for(engine, "checkout")
    def _replace_closed(
        connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: PoolProxiedConnection
    ) -> None:
        returned_at = record.info.get(_RETURNED_AT)
        if returned_at is None:
            return  # just made
        rested = time.monotonic() - returned_at > PING_AFTER_IDLE_S
        if _has_something_to_read(connection) or (rested and not _answers(engine, connection)):
            raise InvalidatePoolError


def _set_up(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
    """No statement of the portal takes nearly as long: one that does ends as a fault, and its locks go.

    Rows are on SSDs or in memory: told so, PostgreSQL looks up a thousand rows of a million by their index.
    Statements of pages are short, and starting parallel workers takes longer than most of them do.
    """
    connection.autocommit = True
    cursor = connection.cursor()
    cursor.execute(
        f"SET statement_timeout = '{STATEMENT_TIMEOUT_S}s'; SET random_page_cost = {SSD_PAGE_COST};"
        f"SET {PARALLEL} = 0"
    )
    cursor.close()
    connection.autocommit = False


def let_statements_take_long(session: Session) -> None:
    """Let each statement of the present transaction take minutes: for what looks at all rows, as at night."""
    session.execute(
        text(f"SET LOCAL statement_timeout = '{LONG_STATEMENT_S}s'; SET LOCAL {PARALLEL} = DEFAULT")
    )


def _note_return(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info[_RETURNED_AT] = time.monotonic()


def _has_something_to_read(connection: DBAPIConnection) -> bool:
    """Whether the server said something though nobody asked: that it ends this connection, as a rule."""
    poll = select.poll()
    try:
        poll.register(connection.fileno(), select.POLLIN)
    except connection.Error:
        return True  # closed on our side
    return bool(poll.poll(0))


def _answers(engine: Engine, connection: DBAPIConnection) -> bool:
    try:
        return engine.dialect.do_ping(connection)
    except engine.dialect.loaded_dbapi.Error:
        return False
