"""Every command: a database in the way ends it with status 1 and one sentence."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.app import create_app
from portal.shared.db import db
from tests.support.application import settings_for
from tests.support.databases import Database, drop_databases

COMMANDS = [
    ("jobs", "list"),
    ("jobs", "run", "expire-quotes"),
    ("demo", "load"),
    ("invariants",),
    ("users", "invite", "--email", "diana@portal.example", "--name", "Diana", "--role", "admin"),
    ("catalog", "import", "tests/data/catalog.toml", "--dry-run"),
]
NOBODY_LISTENS = "postgresql://portal@127.0.0.1:1/portal"


@pytest.fixture
def no_tables(database_server: str, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The address of a database without a table."""
    run = f"commands_{worker_id}"
    database = Database(database_server, worker_id, run=run, shared=tmp_path)
    database.make_template("none", lambda _url: None)
    database.restore("none")
    yield database.url
    database.let_go()
    drop_databases(database_server, run)


def said(database_url: str, folder: Path, command: tuple[str, ...]) -> tuple[int, str]:
    app = create_app(settings_for(database_url, folder))
    result = app.test_cli_runner().invoke(args=command, catch_exceptions=False)
    with app.app_context():
        db.engine.dispose()
    return result.exit_code, result.output


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
class TestACommand:
    def test_says_how_to_make_the_tables_when_there_are_none(
        self, no_tables: str, tmp_path: Path, command: tuple[str, ...]
    ) -> None:
        status, output = said(no_tables, tmp_path, command)
        assert status == 1
        assert output == (
            "Error: The database has no tables yet; make them with `flask --app wsgi database upgrade`.\n"
        )

    def test_says_that_the_database_is_away(self, tmp_path: Path, command: tuple[str, ...]) -> None:
        status, output = said(NOBODY_LISTENS, tmp_path, command)
        assert status == 1
        assert output.startswith("Error: The database of PORTAL_DATABASE_URL refuses: connection failed")
        assert output.count("\n") == 1


class TestMigrating:
    def test_says_that_the_database_is_away(self, tmp_path: Path) -> None:
        status, output = said(NOBODY_LISTENS, tmp_path, ("database", "upgrade"))
        assert (status, output.count("\n")) == (1, 1)

    def test_names_a_revision_nobody_wrote(self, no_tables: str, tmp_path: Path) -> None:
        assert said(no_tables, tmp_path, ("database", "upgrade", "9999")) == (
            1,
            "Error: Can't locate revision identified by '9999'.\n",
        )
