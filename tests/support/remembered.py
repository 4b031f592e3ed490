"""Rows that many tests begin with: made by the operations twice, and put back by one statement from then on.

A factory marked `@remembered` does all it does as long as this is new. When it is called again, with the same
arguments upon the same rows, the rows it left are kept in the database, beside the tables, and every later
such call puts them there; those of a costly call are kept the first time. What upon: a test begins with a
template, each remembered call leads from rows that are known to rows that are known, and whatever else writes
makes them unknown until the next test. A test that changes parts of the program (`monkeypatch`) has
everything done anew.

Only what a factory's arguments, the app's settings and the rows decide may be remembered, and what is made up
by chance (e-mails, tokens): that is the same in each test then.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import cast

import psycopg
import pytest
from flask import current_app, has_app_context
from psycopg import sql
from sqlalchemy import Connection as Sent
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from tests.support.kept_rows import WRITTEN_COLUMNS, Connection
from tests.support.lost_work import PENDING
from tests.support.results import Result, key_of, of_another_session

READS = re.compile(r"\s*(SELECT|SET|SHOW)\b")
COSTLY_S = 0.5  # what took so much of a processor is kept the first time
UNCOMMITTED = "remembered and not committed"
TOUCHED = "SELECT kept.touched(%s::xid)"
MOVED = """
    SELECT s.sequencename, s.last_value FROM pg_sequences s JOIN kept.sequence_values k USING (sequencename)
    WHERE s.schemaname = 'public' AND s.last_value IS DISTINCT FROM k.last_value
"""
PUT = """
    CREATE FUNCTION remembered.put_{number}() RETURNS void LANGUAGE plpgsql
    SET session_replication_role = replica AS $function$
    BEGIN
        {tables}
        {sequences}
    END $function$
"""
PUT_TABLE = """
    DELETE FROM public.{table};
    INSERT INTO public.{table} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM remembered.{kept};
"""

type Rows = dict[str, bytes]


class World:
    """Known rows: `rows` of the tables that are not as in the template, as PostgreSQL copies them."""

    def __init__(self, number: int, template: str, rows: Rows, upon: Rows, moved: dict[str, int]) -> None:
        self.number, self.template, self.rows, self.moved = number, template, rows, moved
        self.changed = {name: content for name, content in rows.items() if upon.get(name) != content}
        self.result: Result | None = None
        self.beside: list[object] = []
        self.is_put_by: object = None  # the copy of the template that has its rows beside the tables


@dataclass(frozen=True, slots=True)
class Scene:
    """What a scene (`scenes.py`) gave, and what was known of it outside of the database."""

    made: object
    beside: list[object]


class Memory:
    """What is remembered of a worker's database."""

    def __init__(self) -> None:
        self.engine: Engine | None = None
        self.is_on = True
        self.here: World | None = None  # None while the rows are unknown
        self._since = "0"
        self._copy: object = None
        self._is_at_work = False
        self._worlds: dict[Hashable, World] = {}
        self._templates: dict[str, World] = {}
        self._asked: Counter[Hashable] = Counter()
        self._wanted: list[World] = []

    def listen(self, engine: Engine) -> None:
        """Hear of all that is written through an app's engine; only its sessions are served."""
        self.engine = engine
        event.listen(engine, "before_cursor_execute", self._is_sent)
        event.listen(engine, "commit", self._is_committed)
        event.listen(engine, "rollback", self._is_rolled_back)
        event.listen(engine, "rollback_savepoint", self._is_rolled_back)

    def begin(self, template: str, copy: object, since: str, restorer: Connection) -> None:
        """The database is as the template: a copy of it, nothing of which is younger than `since`."""
        self._copy, self._since = copy, since
        for world in [world for world in self._wanted if world.template == template]:
            _keep(restorer, world)
            world.is_put_by = copy
            self._wanted.remove(world)
        self.here = self._templates.setdefault(template, World(0, template, {}, {}, {}))

    def call[Made](self, make: Callable[..., Made], session: object, *args: object, **kwargs: object) -> Made:
        """What `make` would have done."""
        if not isinstance(session, Session) or not self._serves(session):
            return make(session, *args, **kwargs)
        session.flush()
        key = self._key(make, args, kwargs)
        if key is None:
            return make(session, *args, **kwargs)
        world = self._worlds.get(key)
        if world is not None and world.is_put_by is self._copy:
            return cast("Made", self._put(world, session))
        if world is not None and world not in self._wanted:
            self._wanted.append(world)
        return self._do(key, world, lambda: make(session, *args, **kwargs), session)

    def key_of_scene(self, make: Callable[[], object], of: object, session: Session) -> Hashable | None:
        """By what a scene is known that begins now; None when it must be lived."""
        return self._key(make, (of,), {}) if self._serves(session) else None

    def put_scene(self, key: Hashable, session: Session) -> Scene | None:
        """Put its rows there, to be committed, if they are known."""
        world = self._worlds.get(key)
        if world is None or world.is_put_by is not self._copy:
            return None
        return Scene(self._put(world, session), world.beside)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While a scene is lived, nothing in it is served."""
        self._is_at_work = True
        try:
            yield
        except BaseException:
            self.here = None
            raise
        finally:
            self._is_at_work = False

    def keep_scene(self, key: Hashable, session: Session, scene: Scene) -> None:
        """Remember the rows that stand there now, all committed."""
        upon, world, result = self.here, self._worlds.get(key), Result.of(scene.made)
        assert upon is not None
        assert result is not None, "a scene gives plain values"
        self.here = None
        if world is None:
            world = self.here = self._worlds[key] = self._read(upon, session)
            world.result, world.beside = result, scene.beside
        if world not in self._wanted:
            self._wanted.append(world)

    def _serves(self, session: Session) -> bool:
        is_ready = self.is_on and not self._is_at_work and self.here is not None
        return is_ready and has_app_context() and session.get_bind() is self.engine

    def _key(
        self, make: Callable[..., object], args: tuple[object, ...], kwargs: dict[str, object]
    ) -> Hashable | None:
        """By what this call is known; None for one that cannot be remembered."""
        arguments = key_of((args, kwargs))
        if self.here is None or arguments is None:
            return None
        settings = repr(current_app.config["PORTAL"])
        upon = (self.here.template, self.here.number)
        return upon, make.__module__, make.__qualname__, settings, arguments

    def _do[Made](
        self, key: Hashable, world: World | None, make: Callable[[], Made], session: Session
    ) -> Made:
        upon, self._is_at_work = self.here, True
        assert upon is not None
        began = time.process_time()
        try:
            made = make()
            session.flush()
            self._asked[key] += 1
            is_wanted = self._asked[key] > 1 or time.process_time() - began > COSTLY_S
            if world is None and is_wanted and (result := Result.of(made)) is not None:
                world = self._read(upon, session)
                world.result = result
                self._worlds[key] = world
                self._wanted.append(world)
                self.here = world
                session.connection().info[UNCOMMITTED] = True
            else:
                self.here = None
        except BaseException:
            self.here = None
            raise
        finally:
            self._is_at_work = False
        return made

    def _read(self, upon: World, session: Session) -> World:
        """The rows as they are, in a transaction that may never be committed."""
        connection = cast("Connection", session.connection().connection.driver_connection)
        rows = {}
        with connection.cursor() as cursor:
            for (name,) in cursor.execute(TOUCHED, [self._since]).fetchall():
                rows[str(name)] = _copied(cursor, str(name))
            moved = {str(name): value for name, value in cursor.execute(MOVED).fetchall()}
        number = len(self._worlds) + 1
        return World(number, upon.template, rows, upon.rows, cast("dict[str, int]", moved))

    def _put(self, world: World, session: Session) -> object:
        self._is_at_work = True
        try:
            connection = session.connection()
            connection.exec_driver_sql(f"SELECT remembered.put_{world.number}()")
            connection.info[UNCOMMITTED] = True
            session.info.setdefault(PENDING, []).append("what a factory remembers")
            of_another_session(session, set(world.changed))
            self.here = world
            assert world.result is not None
            return world.result.read(session)
        finally:
            self._is_at_work = False

    def _is_sent(self, _connection: Sent, _cursor: object, statement: str, *_more: object) -> None:
        if not self._is_at_work and self.here is not None and not READS.match(statement):
            self.here = None

    def _is_committed(self, connection: Sent) -> None:
        connection.info.pop(UNCOMMITTED, None)

    def _is_rolled_back(self, connection: Sent, *_more: object) -> None:
        if connection.info.pop(UNCOMMITTED, None):
            self.here = None


def _copied(cursor: psycopg.Cursor[tuple[object, ...]], table: str) -> bytes:
    names = [str(name) for (name,) in cursor.execute(WRITTEN_COLUMNS, [table]).fetchall()]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    read = sql.SQL("COPY (SELECT {columns} FROM public.{table}) TO STDOUT (FORMAT binary)")
    with cursor.copy(read.format(columns=columns, table=sql.Identifier(table))) as copy:
        return b"".join(copy)


def _keep(connection: Connection, world: World) -> None:
    """Lay the rows of a world down beside the tables, and a function that puts them there."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS remembered")
    tables, sequences = [], []
    for name, content in world.changed.items():
        names = [str(column) for (column,) in connection.execute(WRITTEN_COLUMNS, [name]).fetchall()]
        words = {
            "table": sql.Identifier(name),
            "kept": sql.Identifier(f"{name}_{world.number}"),
            "columns": sql.SQL(", ").join(map(sql.Identifier, names)),
        }
        empty = "CREATE UNLOGGED TABLE remembered.{kept} AS SELECT {columns} FROM public.{table} WITH NO DATA"
        connection.execute(sql.SQL(empty).format(**words))
        fill = sql.SQL("COPY remembered.{kept} FROM STDIN (FORMAT binary)").format(**words)
        with connection.cursor() as cursor, cursor.copy(fill) as copy:
            copy.write(content)
        tables.append(sql.SQL(PUT_TABLE).format(**words))
    for name, value in world.moved.items():
        to = sql.SQL("PERFORM setval({name}, {value});")
        sequences.append(to.format(name=sql.Literal(f"public.{name}"), value=sql.Literal(value)))
    words = {"tables": sql.SQL("").join(tables), "sequences": sql.SQL("").join(sequences)}
    connection.execute(sql.SQL(PUT).format(number=sql.SQL(str(world.number)), **words))


memory = Memory()


def remembered[**Arguments, Made](make: Callable[Arguments, Made]) -> Callable[Arguments, Made]:
    """Mark a factory: it takes a session, then plain values or rows, and gives rows or what holds some."""

    @wraps(make)
    def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Made:
        return memory.call(make, *args, **kwargs)

    return call


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Whoever changes the program wants to see what it does then."""
    memory.is_on = "monkeypatch" not in getattr(item, "fixturenames", ())
