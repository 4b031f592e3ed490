"""The database of a test: migrated once per run, restored for every test.

`PORTAL_TEST_DATABASE` (sqlite or postgres) says which kind; `make test` runs the portal's tests on both.
Restoring copies a template: a file on SQLite, `CREATE DATABASE … TEMPLATE` on PostgreSQL, where a database
that only has to become empty again is emptied instead, which is much quicker. So a test may commit, open
several connections and run threads, and the next one still begins with nothing of it left.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.support.postgres import running_postgres

type Fill = Callable[[str], None]


class Database(Protocol):
    """A database with templates; `url` stays the same for the whole run."""

    url: str

    def make_template(self, name: str, fill: Fill) -> None:
        """Keep what `fill(url)` puts into an empty database as template `name`."""

    def restore(self, name: str) -> None:
        """Make the database equal to template `name`. Nobody may be connected."""


class SqliteDatabase:
    """A file, and a copy of it for each template."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "portal.sqlite3"
        self.folder = folder
        self.url = f"sqlite:///{self.file}"

    def make_template(self, name: str, fill: Fill) -> None:
        template = self.folder / f"template-{name}.sqlite3"
        fill(f"sqlite:///{template}")
        assert not template.with_name(f"{template.name}-wal").exists(), "a connection was left open"

    def restore(self, name: str) -> None:
        for leftover in self.folder.glob(f"{self.file.name}-*"):
            leftover.unlink()
        shutil.copyfile(self.folder / f"template-{name}.sqlite3", self.file)


EMPTY = "empty"
# Whatever a test may have done to the tables themselves shows here; such a database is made anew.
SHAPE = """
SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT sum(hashtext(relname)) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
       (SELECT count(*) FROM pg_trigger WHERE tgenabled = 'O'),
       (SELECT count(*) FROM pg_constraint)
"""
# Only tables somebody wrote to are touched; the guards against it (triggers, foreign keys) are switched off.
MAKE_EMPTY = """
DO $$
DECLARE
    name text;
    has_rows boolean;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO has_rows;
        IF has_rows THEN
            EXECUTE format('DELETE FROM %I', name);
        END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""


class PostgresDatabase:
    """One database of a cluster, and another for each template."""

    def __init__(self, server: str, prefix: str) -> None:
        self.server = make_url(server)
        self.prefix = prefix
        self.url = self._url(prefix)
        self._made_from: str | None = None
        self._shape: object = None
        self._emptier: psycopg.Connection[tuple[object, ...]] | None = None

    def make_template(self, name: str, fill: Fill) -> None:
        template = f"{self.prefix}_{name}"
        self._run(f"DROP DATABASE IF EXISTS {template} WITH (FORCE)", f"CREATE DATABASE {template}")
        fill(self._url(template))

    def restore(self, name: str) -> None:
        if self._made_from == name == EMPTY and self._is_emptied():
            return
        self._let_go()
        self._run(
            f"DROP DATABASE IF EXISTS {self.prefix} WITH (FORCE)",
            f"CREATE DATABASE {self.prefix} TEMPLATE {self.prefix}_{name}",
        )
        self._made_from = name
        if name == EMPTY:
            self._emptier = self._connect(self.prefix)
            self._shape = self._emptier.execute(SHAPE).fetchone()

    def drop(self, *names: str) -> None:
        """Leave nothing behind on a server that outlives the run."""
        self._let_go()
        for database in (self.prefix, *(f"{self.prefix}_{name}" for name in names)):
            self._run(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")

    def _url(self, database: str) -> str:
        return self.server.set(database=database).render_as_string(hide_password=False)

    def _is_emptied(self) -> bool:
        """Empty it by the connection kept for that, unless a test cut it off or changed the tables."""
        try:
            if self._emptier is None or self._emptier.execute(SHAPE).fetchone() != self._shape:
                return False
            self._emptier.execute(MAKE_EMPTY)
        except psycopg.OperationalError:
            return False
        return True

    def _let_go(self) -> None:
        if self._emptier is not None:
            self._emptier.close()
            self._emptier = None

    def _connect(self, database: str | None) -> psycopg.Connection[tuple[object, ...]]:
        server = self.server.set(drivername="postgresql", database=database or self.server.database)
        return psycopg.connect(server.render_as_string(hide_password=False), autocommit=True)

    def _run(self, *statements: str, database: str | None = None) -> None:
        with self._connect(database) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement))


def migrate(url: str) -> None:
    """Give the database at `url` every table, as `flask --app wsgi database upgrade` does."""
    from alembic import command

    from portal.shared.database_cli import alembic_config

    command.upgrade(alembic_config(url), "head")


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """The address of a PostgreSQL server, started for this run unless TEST_DATABASE_URL names one."""
    with running_postgres() as address:
        yield address


@pytest.fixture(scope="session")
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_id: str
) -> Iterator[Database]:
    """The run's database, with the template `empty`: every table, no row."""
    kind = os.environ.get("PORTAL_TEST_DATABASE", "sqlite")
    if kind == "sqlite":
        sqlite = SqliteDatabase(tmp_path_factory.mktemp("database"))
        sqlite.make_template(EMPTY, migrate)
        yield sqlite
        return
    assert kind == "postgres", f"PORTAL_TEST_DATABASE must be sqlite or postgres, not {kind!r}"
    postgres = PostgresDatabase(
        request.getfixturevalue("database_server"), f"portal_{worker_id}_{os.getpid()}"
    )
    postgres.make_template(EMPTY, migrate)
    yield postgres
    postgres.drop(EMPTY)
