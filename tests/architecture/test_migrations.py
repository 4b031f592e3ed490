"""The migrations make exactly the tables of the models, can be undone, and never change once they are out."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

from portal.models import Base
from portal.shared.database_cli import alembic_config
from tests.architecture.sources import ROOT
from tests.support.databases import Database, drop_databases

KEPT_BY_ALEMBIC = {"alembic_version"}
VERSIONS = ROOT / "migrations" / "versions"
FROZEN = ROOT / "migrations" / "frozen.sha256"  # made by sha256sum, and read by sha256sum --check
GUARDS = Path(__file__).with_name("guards.txt")
# A guard by its name, and a print of when it acts and what it does.
LIST_GUARDS = """
    SELECT c.relname || ' ' || t.tgname || ' ' || substr(md5(pg_get_triggerdef(t.oid) || p.prosrc), 1, 12)
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal
    ORDER BY c.relname, t.tgname
"""


@pytest.fixture
def empty_database(database_server: str, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The address of a database without a table."""
    run = f"migrations_{worker_id}"
    database = Database(database_server, worker_id, run=run, shared=tmp_path)
    database.make_template("none", lambda _url: None)
    database.restore("none")
    yield database.url
    database.let_go()
    drop_databases(database_server, run)


class TestMigrations:
    def test_make_the_tables_of_the_models(self, empty_database: str) -> None:
        command.upgrade(alembic_config(empty_database), "head")
        assert _differences(empty_database) == []

    def test_go_down_to_nothing_and_up_again(self, empty_database: str) -> None:
        config = alembic_config(empty_database)
        command.upgrade(config, "head")
        command.downgrade(config, "base")
        assert _tables(empty_database) <= KEPT_BY_ALEMBIC
        command.upgrade(config, "head")
        assert _tables(empty_database) >= set(Base.metadata.tables)

    def test_make_the_guards_of_the_list(self, empty_database: str) -> None:
        command.upgrade(alembic_config(empty_database), "head")
        engine = create_engine(empty_database)
        with engine.connect() as connection:
            found = list(connection.scalars(text(LIST_GUARDS)))
        engine.dispose()
        assert found == GUARDS.read_text(encoding="utf-8").splitlines()

    def test_are_as_they_were_released(self) -> None:
        """What comes new is a migration of its own, and gets its line."""
        lines = [line.split() for line in FROZEN.read_text(encoding="utf-8").splitlines()]
        released = {name: digest for digest, name in lines}
        found = {
            str(path.relative_to(ROOT)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in VERSIONS.iterdir()
            if path.suffix in {".py", ".sql"}
        }
        assert found == released

    def test_have_one_head(self) -> None:
        from alembic.script import ScriptDirectory

        assert len(ScriptDirectory.from_config(alembic_config("")).get_heads()) == 1


def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    tables = set(inspect(engine).get_table_names())
    engine.dispose()
    return tables


def _differences(url: str) -> list[object]:
    engine = create_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
    engine.dispose()
    return list(found)
