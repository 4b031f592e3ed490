"""The database of a test: migrated once per run, restored for every test.

Restoring copies a template (`CREATE DATABASE … TEMPLATE`), or undoes row by row what a test did to a
database that came from the same template already, which is much quicker. So a test may commit, open several
connections and run threads, and the next one still begins with nothing of it left. The workers of a run
share the templates: whoever needs one first fills it.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from tests.support.postgres import running_postgres
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
       (SELECT count(*) FROM pg_constraint)
"""
# A template keeps its rows and the positions of its sequences a second time, to restore its copies from. A
# sequence beside each table counts the statements that write to it: unlike a row, it waits for nobody, and it
# tells of what was rolled back, too.
KEEP = """
DO $$
DECLARE
    name text;
BEGIN
    CREATE SCHEMA kept;
    CREATE FUNCTION kept.note_write() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM nextval(TG_ARGV[0]::regclass); RETURN NULL; END';
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('CREATE TABLE kept.%1$I AS TABLE public.%1$I', name);
        EXECUTE format('CREATE SEQUENCE kept.%I', 'of_' || name);
        EXECUTE format(
            'CREATE TRIGGER zz_note_write AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON public.%I'
            ' FOR EACH STATEMENT EXECUTE FUNCTION kept.note_write(%L)', name, 'kept.of_' || name
        );
        EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER zz_note_write', name);
    END LOOP;
    CREATE TABLE kept.sequence_values AS
        SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public';
END $$
"""
WRITTEN = """
SELECT substr(sequencename, 4) FROM pg_sequences WHERE schemaname = 'kept' AND last_value IS NOT NULL
"""
# Only tables somebody wrote to are touched; the guards against it (triggers, foreign keys) are switched off.
RESTORE = """
DO $$
DECLARE
    name text;
    written text;
BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT substr(sequencename, 4) FROM pg_sequences
        WHERE schemaname = 'kept' AND last_value IS NOT NULL
    LOOP
        SELECT string_agg(quote_ident(attname), ', ') INTO written FROM pg_attribute
            WHERE attrelid = format('public.%I', name)::regclass
            AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
        EXECUTE format('DELETE FROM public.%I', name);
        EXECUTE format(
            'INSERT INTO public.%1$I (%2$s) OVERRIDING SYSTEM VALUE SELECT %2$s FROM kept.%1$I', name, written
        );
        PERFORM setval(format('kept.%I', 'of_' || name), 1, false);
    END LOOP;
    PERFORM setval(format('public.%I', sequencename), coalesce(was.last_value, 1), was.last_value IS NOT NULL)
        FROM kept.sequence_values AS was JOIN pg_sequences AS now USING (sequencename)
        WHERE now.schemaname = 'public' AND now.last_value IS DISTINCT FROM was.last_value;
END $$
"""


class Database:
    """The worker's database on a server, and one for each template; the names of all begin with `run`.

    `url` stays the same for the whole run.
    """

    def __init__(self, server: str, worker: str, *, run: str, shared: Path) -> None:
        self.server = make_url(server)
        self.run = run
        self.name = f"{run}_{worker}"
        self.shared = shared
        self.url = self._url(self.name)
        self._made_from: str | None = None
        self._shape: object = None
        self._restorer: psycopg.Connection[tuple[object, ...]] | None = None

    def make_template(self, name: str, fill: Fill) -> None:
        """Keep what `fill(url)` puts into an empty database as template `name`, once a run."""
        template = self._template(name)
        with first_to(self.shared / f"{name}.filled") as is_first:
            if is_first:
                self._execute(
                    f"DROP DATABASE IF EXISTS {template} WITH (FORCE)", f"CREATE DATABASE {template}"
                )
                fill(self._url(template))
                self._execute(KEEP, database=template)

    def restore(self, name: str) -> None:
        """Make the database equal to template `name`. Nobody may be connected."""
        if self._made_from == name and self._is_restored():
            return
        self.let_go()
        self._execute(
            f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)",
            f"CREATE DATABASE {self.name} TEMPLATE {self._template(name)} STRATEGY FILE_COPY",
        )
        self._made_from = name
        self._restorer = self._connect(self.name)
        self._shape = self._restorer.execute(SHAPE).fetchone()

    def written(self) -> frozenset[str]:
        """The tables somebody tried to write to since it was restored; all others are as in the template."""
        assert self._restorer is not None
        return frozenset(str(name) for (name,) in self._restorer.execute(WRITTEN))

    def let_go(self) -> None:
        """Close its own connection, so that the database can be dropped."""
        if self._restorer is not None:
            self._restorer.close()
            self._restorer = None

    def _template(self, name: str) -> str:
        return f"{self.run}_template_{name}"

    def _url(self, database: str) -> str:
        return self.server.set(database=database).render_as_string(hide_password=False)

    def _is_restored(self) -> bool:
        """Restore it by the connection kept for that, unless a test cut it off or changed the tables."""
        try:
            if self._restorer is None or self._restorer.execute(SHAPE).fetchone() != self._shape:
                return False
            self._restorer.execute(RESTORE)
        except psycopg.OperationalError:
            return False
        return True

    def _connect(self, database: str | None) -> psycopg.Connection[tuple[object, ...]]:
        server = self.server.set(drivername="postgresql", database=database or self.server.database)
        return psycopg.connect(server.render_as_string(hide_password=False), autocommit=True)

    def _execute(self, *statements: str, database: str | None = None) -> None:
        with self._connect(database) as connection:
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
    try:
        server = config.stash[ends].enter_context(running_postgres())
    except NoPostgres as refusal:
        raise pytest.UsageError(f"{refusal} TEST_DATABASE_URL may name one, too.") from None
    run = f"portal_{os.getpid()}"
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
