"""The database of a test: migrated once per run, restored for every test.

Restoring copies a template (`CREATE DATABASE … TEMPLATE`), or undoes row by row what a test did to a
database that came from the same template already, which is much quicker. So a test may commit, open several
connections and run threads, and the next one still begins with nothing of it left. The workers of a run
share the templates: whoever needs one first fills it.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Engine, make_url

from tests.support.kept_rows import Connection, keep_rows, only
from tests.support.postgres import running_postgres
from tests.support.remembered import memory
from tests.support.warm import WarmConnections
from tools.postgres.refusal import NoPostgres

type Fill = Callable[[str], None]


@contextmanager
def first_to(done: Path) -> Iterator[bool]:
    """Whether this process is the first to do what `done` marks; the others wait until it is done."""
    with done.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_first = not done.exists()
        yield is_first
        if is_first:
            done.touch()


EMPTY = "empty"
# Whatever a test may have done to the tables themselves shows here; such a database is made anew.
SHAPE = """
SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT sum(hashtext(relname)) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT string_agg(tgenabled::text || n, ',' ORDER BY tgenabled)
        FROM (SELECT tgenabled, count(*) AS n FROM pg_trigger GROUP BY 1) AS by_kind),
       (SELECT count(*) FROM pg_constraint),
       (SELECT sum(relnatts) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
"""
CUT_OFF = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = %s AND pid <> pg_backend_pid() AND NOT pid = ANY (%s)
"""


@dataclass(frozen=True, slots=True)
class Copy:
    """What is known of a copy of a template: how its tables looked, and since when nobody wrote to it."""

    template: str
    shape: object
    since: str
    id: object


class Database:
    """The worker's database on a server, and one for each template; the names of all begin with `run`.

    `url` stays the same for the whole run. Copies of other templates than the one in use are set aside under
    names of their own.
    """

    def __init__(self, server: str, worker: str, *, run: str, shared: Path) -> None:
        self.server = make_url(server)
        self.run = run
        self.name = f"{run}_{worker}"
        self.shared = shared
        self.url = self._url(self.name)
        self._copy: Copy | None = None
        self._aside: dict[str, Copy] = {}
        self._restorer: Connection | None = None
        self._warm: list[WarmConnections] = []

    def make_template(self, name: str, fill: Fill, *, upon: str | None = None) -> None:
        """Keep as template `name`, once a run, what `fill(url)` puts into an empty database.

        With `upon` it is a copy of that template, migrated already.
        """
        template = self._template(name)
        with first_to(self.shared / f"{name}.filled") as is_first:
            if is_first:
                source = f" TEMPLATE {self._template(upon)} STRATEGY FILE_COPY" if upon else ""
                self._execute(
                    f"DROP DATABASE IF EXISTS {template} WITH (FORCE)", f"CREATE DATABASE {template}{source}"
                )
                fill(self._url(template))
                with self._connect(template) as connection:
                    keep_rows(connection)

    def keep_warm(self, engine: Engine) -> None:
        """Let an app's idle connections outlive a restore: a new one knows nothing of the tables yet."""
        self._warm.append(WarmConnections(engine))

    def restore(self, name: str) -> None:
        """Make the database equal to template `name`. Nobody may be connected but those kept warm."""
        if self._copy is None or self._copy.template != name:
            self._change_to(name)
        if not self._is_restored():
            self._make_anew(name)
        assert self._copy is not None
        assert self._restorer is not None
        memory.begin(name, self._copy.id, self._copy.since, self._restorer)

    def touched(self) -> set[str]:
        """The tables somebody wrote to since the database was restored."""
        assert self._restorer is not None
        assert self._copy is not None
        rows = self._restorer.execute("SELECT kept.touched(%s::xid)", [self._copy.since]).fetchall()
        return {str(table) for (table,) in rows}

    def let_go(self) -> None:
        """Close its own connection, so that the database can be dropped."""
        if self._restorer is not None:
            self._restorer.close()
            self._restorer = None

    def _template(self, name: str) -> str:
        return f"{self.run}_template_{name}"

    def _url(self, database: str) -> str:
        return self.server.set(database=database).render_as_string(hide_password=False)

    def _change_to(self, name: str) -> None:
        """Set the copy in use aside; take the one of this template, if there is one."""
        self._hang_up()
        if self._copy is not None:
            template = self._copy.template
            self._execute(f"ALTER DATABASE {self.name} RENAME TO {self.name}_{template}")
            self._aside[template] = self._copy
        self._copy = self._aside.pop(name, None)
        if self._copy is not None:
            self._execute(f"ALTER DATABASE {self.name}_{name} RENAME TO {self.name}")

    def _is_restored(self) -> bool:
        """Restore it from within, unless there is none or a test changed the tables.

        A test that took the tables back and forth (columns are then others of the same name), or whatever
        else is in the way, has a copy made anew.
        """
        if self._copy is None:
            return False
        try:
            if self._restorer is None:
                self._restorer = self._connect(self.name)
                self._restorer.execute("SET session_replication_role = replica")  # guards are for others
            if self._restorer.execute(SHAPE).fetchone() != self._copy.shape:
                return False
            self._cut_off(self._restorer)
            found = self._restorer.execute("SELECT kept.restore(%s::xid)::text", [self._copy.since])
            self._copy = replace(self._copy, since=str(only(found)))
        except psycopg.Error:
            return False
        return True

    def _make_anew(self, name: str) -> None:
        self._hang_up()
        self._execute(
            f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)",
            f"CREATE DATABASE {self.name} TEMPLATE {self._template(name)} STRATEGY FILE_COPY",
        )
        with self._connect(self.name) as connection:
            since = only(connection.execute("SELECT pg_current_xact_id()::xid::text"))
            self._copy = Copy(name, connection.execute(SHAPE).fetchone(), str(since), object())
        assert self._is_restored()

    def _hang_up(self) -> None:
        for connections in self._warm:
            connections.close()
        self.let_go()
        with self._connect() as connection:
            self._cut_off(connection)

    def _cut_off(self, connection: Connection) -> None:
        """End whoever else is connected and wait until they are gone: what they wrote must be seen."""
        spared = [pid for connections in self._warm for pid in connections.idle]
        while connection.execute(CUT_OFF, [self.name, spared]).fetchall():
            time.sleep(0.002)

    def _connect(self, database: str | None = None) -> Connection:
        server = self.server.set(drivername="postgresql", database=database or self.server.database)
        return psycopg.connect(server.render_as_string(hide_password=False), autocommit=True)

    def _execute(self, *statements: str) -> None:
        with self._connect() as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement))


def migrate(url: str) -> None:
    """Give the database at `url` every table, as `flask --app wsgi database upgrade` does."""
    from alembic import command

    from portal.shared.database_cli import alembic_config

    command.upgrade(alembic_config(url), "head")


RUN = "TEST_DATABASES"  # how the names of this run's databases begin
DROP_ALL = "SELECT datname FROM pg_database WHERE starts_with(datname, %s)"
ends = pytest.StashKey[ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Start the server that all workers of a run use; they inherit where it is."""
    config.stash[ends] = ExitStack()
    if os.environ.get("PYTEST_XDIST_WORKER") or config.option.collectonly:
        return
    outlives_the_run = "TEST_DATABASE_URL" in os.environ
    try:
        server = config.stash[ends].enter_context(running_postgres())
    except NoPostgres as refusal:
        raise pytest.UsageError(f"{refusal} TEST_DATABASE_URL may name one, too.") from None
    run = f"portal_{os.getpid()}"
    if outlives_the_run:  # else its files are thrown away, which takes no checkpoints
        config.stash[ends].callback(drop_databases, server, run)
    os.environ |= {"TEST_DATABASE_URL": server, RUN: run}


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop it; a server that outlives the run keeps nothing of it."""
    config.stash[ends].close()


def drop_databases(server: str, prefix: str) -> None:
    """Drop every database whose name begins so."""
    address = make_url(server).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for (name,) in connection.execute(DROP_ALL, [prefix]).fetchall():
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture(scope="session")
def database_server() -> str:
    """The address of the run's PostgreSQL server."""
    return os.environ["TEST_DATABASE_URL"]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder of this run's, the same for all its workers."""
    own = tmp_path_factory.getbasetemp()
    return own if worker_id == "master" else own.parent


@pytest.fixture(scope="session")
def database(database_server: str, shared_folder: Path, worker_id: str) -> Iterator[Database]:
    """The worker's database, with the template `empty`: every table, no row."""
    database = Database(database_server, worker_id, run=os.environ[RUN], shared=shared_folder)
    database.make_template(EMPTY, migrate)
    yield database
    database.let_go()
