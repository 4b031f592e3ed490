"""The account of the settings becomes a row, and what was exchanged under it stays with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import create_engine, text

from portal.shared.database_cli import alembic_config
from tests.support.databases import Database, drop_databases

BEFORE = """
INSERT INTO boleto_series (name, last_number) VALUES ('341/0099/54321/109', 41), ('341/0057/11111/109', 7);
INSERT INTO bank_files (kind, number, name, sha256, size, content, state, results, created_at) VALUES
    ('remittance', 3, 'CB110603.REM', 'a', 1, 'x', 'made', '[]', now()),
    ('return', NULL, 'CN.RET', 'b', 1, 'x', 'read', '[]', now());
"""

ACCOUNTS = "SELECT series, pix_key, is_boleto_default, closed_at IS NULL FROM bank_accounts ORDER BY id"


@pytest.fixture
def database_before(database_server: str, tmp_path: Path, worker_id: str) -> Iterator[str]:
    """The address of a database as it was, with files of an account."""
    run = f"account_{worker_id}"
    database = Database(database_server, worker_id, run=run, shared=tmp_path)
    database.make_template("none", lambda _url: None)
    database.restore("none")
    command.upgrade(alembic_config(database.url), "0160")
    engine = create_engine(database.url)
    with engine.begin() as connection:
        connection.execute(text(BEFORE))
    engine.dispose()
    yield database.url
    database.let_go()
    drop_databases(database_server, run)


@pytest.mark.deep
def test_the_configured_account_keeps_its_files(
    database_before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PORTAL_BANK_BRANCH", "0099")
    monkeypatch.setenv("PORTAL_BANK_ACCOUNT", "54321")
    monkeypatch.setenv("PORTAL_BANK_PIX_KEY", "pix@portal.example")
    command.upgrade(alembic_config(database_before), "0170")
    engine = create_engine(database_before)
    with engine.connect() as connection:
        accounts = connection.execute(
            text(
                "SELECT series, pix_key, is_boleto_default, closed_at IS NULL FROM bank_accounts ORDER BY id"
            )
        ).all()
        files = connection.execute(
            text("SELECT f.number, a.series FROM bank_files f JOIN bank_accounts a ON a.id = f.account_id")
        ).all()
    engine.dispose()
    assert [tuple(row) for row in accounts] == [
        ("341/0099/54321/109", "pix@portal.example", True, True),
        ("341/0057/11111/109", "", False, False),
    ]
    assert {tuple(row) for row in files} == {(3, "341/0099/54321/109"), (None, "341/0099/54321/109")}
    command.downgrade(alembic_config(database_before), "0160")
