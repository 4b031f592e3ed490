"""A lived history kept as one file, and loaded into an empty database in seconds.

The file holds the rows of all tables as COPY writes them, at the revision they were made at. Loading takes an
empty database back to that revision, puts the rows in without asking triggers again, has the foreign keys
checked, and upgrades. The clock then stands where the history ended. Nothing in it depends on an instance's
key: passwords and links are hashes, codes on their way are asked for anew, no second factor is set up.
"""

import io
import json
import tarfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from psycopg import Connection, sql
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.shared import clock
from portal.shared.demo_clock import set_clock

HISTORY = Path(__file__).with_name("history.tar.xz")
HEAD = "head.json"
# Of the machine that lived it, not of the company.
LEFT_OUT = frozenset(
    "alembic_version demo_clock clock_moves user_sessions access_events auth_challenges queue_workers "
    "scheduled_jobs job_runs".split()
)
_COLUMNS = """
    SELECT table_name, array_agg(column_name::text ORDER BY ordinal_position)
    FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)
    WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND is_generated = 'NEVER'
    GROUP BY table_name ORDER BY table_name
"""
_KEYS = """
    SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY oid
"""
_SEQUENCES = """
    SELECT table_name, column_name::text, pg_get_serial_sequence(quote_ident(table_name), column_name)
    FROM information_schema.columns
    WHERE table_schema = 'public' AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL
"""
# What a mail said is written anew when somebody asks; kept, it would be half of the file.
_FORGET_WORDS = """
    UPDATE mail_messages SET subject = NULL, text_body = NULL, html_body = NULL
    WHERE state = 'sent' AND subject_id IS NOT NULL
"""

type Move = Callable[[str], None]  # takes the tables to a revision


def keep_history(
    engine: Engine, path: Path = HISTORY, *, beside: Sequence[Path] = (), effort: Literal[0, 9] = 9
) -> None:
    """Write the rows of the present app's database to a file, packed at once (0) or small (9).

    `beside`: what the sandboxes of card processor and tax office know of it, in files.
    """
    with _raw(engine) as connection, tarfile.open(path, "w:xz", preset=effort) as archive:
        connection.execute(_FORGET_WORDS)
        tables = {name: columns for name, columns in _rows(connection, _COLUMNS) if name not in LEFT_OUT}
        ((revision,),) = _rows(connection, "SELECT version_num FROM alembic_version")
        stores = [path.name for path in beside]
        head = {
            "revision": revision,
            "ends_at": clock.now().isoformat(),
            "tables": tables,
            "beside": stores,
        }
        _add(archive, HEAD, json.dumps(head, indent=1).encode())
        for name, columns in tables.items():
            with connection.cursor().copy(_copy(name, columns, "TO STDOUT")) as copied:
                _add(archive, name, b"".join(bytes(part) for part in copied))
        for store in beside:
            _add(archive, store.name, store.read_bytes())
        connection.rollback()


def load_history(engine: Engine, *, move: Move, path: Path = HISTORY, folder: Path | None = None) -> datetime:
    """Put a kept history into an empty database and let the clock stand at its end, which is returned.

    `move` takes the tables to a revision: back to that of the file, and to "head" again. What the sandboxes
    knew goes into `folder`, unless there is something of theirs.
    """
    with tarfile.open(path, "r|xz") as archive:  # read from front to end, once
        head = json.loads(_read(archive, HEAD))
        move(head["revision"])
        with _raw(engine) as connection:
            _fill(connection, archive, head["tables"])
            connection.commit()
        for name in head.get("beside", ()):
            _put(_read(archive, name), folder, name)
    move("head")
    ends_at = datetime.fromisoformat(head["ends_at"])
    with Session(engine) as session:
        set_clock(session, shows=ends_at)
        session.commit()
    return ends_at


def _put(content: bytes, folder: Path | None, name: str) -> None:
    if folder is not None and not (folder / name).exists():
        (folder / name).write_bytes(content)


def _fill(connection: Connection[Any], archive: tarfile.TarFile, tables: dict[str, list[str]]) -> None:
    names = sql.SQL(", ").join(sql.Identifier(name) for name in tables)
    keys = _rows(connection, _KEYS)
    for table, key, _definition in keys:
        connection.execute(_alter(table, sql.SQL("DROP CONSTRAINT {}").format(sql.Identifier(key))))
    for name in tables:
        connection.execute(_alter(name, sql.SQL("DISABLE TRIGGER USER")))
    connection.execute(sql.SQL("TRUNCATE {}").format(names))
    for name, columns in tables.items():
        with connection.cursor().copy(_copy(name, columns, "FROM STDIN")) as copy:
            copy.write(_read(archive, name))
    for name in tables:
        connection.execute(_alter(name, sql.SQL("ENABLE TRIGGER USER")))
    for table, key, definition in keys:
        added = sql.SQL("ADD CONSTRAINT {} {}").format(sql.Identifier(key), sql.SQL(definition))
        connection.execute(_alter(table, added))
    for table, column, sequence in _rows(connection, _SEQUENCES):
        last = sql.SQL("SELECT setval({}, coalesce(max({}), 0) + 1, false) FROM {}")
        connection.execute(last.format(sql.Literal(sequence), sql.Identifier(column), sql.Identifier(table)))


@contextmanager
def _raw(engine: Engine) -> "Iterator[Connection[Any]]":
    """The driver's own connection, in a transaction of its own that is undone unless committed."""
    pooled = engine.raw_connection()
    try:
        connection = pooled.driver_connection
        if not isinstance(connection, Connection):
            raise TypeError(type(connection))
        connection.execute("SET LOCAL statement_timeout = 0")
        yield connection
    finally:
        pooled.close()


def _rows(connection: Connection[Any], query: str) -> list[Any]:
    return connection.execute(query.encode()).fetchall()


def _copy(table: str, columns: list[str], how: str) -> sql.Composed:
    named = sql.SQL(", ").join(sql.Identifier(column) for column in columns)
    return sql.SQL("COPY {} ({}) {}").format(sql.Identifier(table), named, sql.SQL(how))


def _alter(table: str, change: sql.Composable) -> sql.Composed:
    return sql.SQL("ALTER TABLE {} {}").format(sql.Identifier(table), change)


def _add(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    """What stands next in the file, by its name."""
    entry = archive.next()
    found = archive.extractfile(entry) if entry and entry.name == name else None
    if found is None:
        raise LookupError(name)
    return found.read()
