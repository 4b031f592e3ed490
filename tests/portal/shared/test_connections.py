"""Connections of the pool: a lost one is replaced before anybody asks it; a view that writes nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from portal.app import create_app
from portal.settings.models import Setting
from portal.shared import connections
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.transactions import writes_nothing
from tests.support.application import settings_for
from tests.support.databases import Database


@pytest.fixture
def app(database: Database, tmp_path: Path) -> Iterator[Flask]:
    """An app whose pool is this test's own."""
    database.restore("empty")
    made = create_app(settings_for(database.url, tmp_path))
    yield made
    with made.app_context():
        db.engine.dispose()


@pytest.fixture
def in_app(app: Flask) -> Iterator[None]:
    with app.app_context():
        yield


def end_pooled_connection() -> int:
    """Give a connection back to the pool and end it from outside; whose process it was."""
    with db.engine.connect() as lost, db.engine.connect() as other:
        process: int = lost.execute(text("SELECT pg_backend_pid()")).scalar_one()
        lost.close()
        other.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
    return process


def process_of_next() -> int:
    with db.engine.connect() as connection:
        process: int = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return process


@pytest.mark.usefixtures("in_app")
class TestAConnectionTheServerClosed:
    @pytest.mark.deep
    def test_is_replaced_before_anybody_uses_it(self) -> None:
        lost = end_pooled_connection()
        assert process_of_next() != lost

    def test_is_found_by_a_ping_after_a_rest_when_its_socket_tells_nothing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(connections, "_has_something_to_read", lambda _connection: False)
        monkeypatch.setattr(connections, "PING_AFTER_IDLE_S", 0)
        lost = end_pooled_connection()
        assert process_of_next() != lost

    @pytest.mark.deep
    def test_one_that_is_well_is_kept(self, monkeypatch: pytest.MonkeyPatch) -> None:
        first = process_of_next()
        assert process_of_next() == first
        monkeypatch.setattr(connections, "PING_AFTER_IDLE_S", 0)
        assert process_of_next() == first


def two_times() -> str:
    """The times of two transactions, or of one twice."""
    first, second = (db.session.execute(select(func.now())).scalar_one() for _ in range(2))
    return "one transaction" if first == second else "none"


@writes_nothing
def reads_only() -> str:
    return two_times()


@writes_nothing
def stores_something() -> str:
    db.session.add(Setting(name="due_day", value=1))
    db.session.flush()
    return "stored"


class TestAViewThatWritesNothing:
    @pytest.fixture
    def get(self, app: Flask) -> Callable[[str], str]:
        app.add_url_rule("/reads", "reads", public(reads_only))
        app.add_url_rule("/usual", "usual", public(two_times))
        app.add_url_rule("/writes", "writes", public(stores_something))
        client = app.test_client()
        return lambda path: client.get(path).text

    @pytest.mark.deep
    def test_has_no_transaction_around_its_statements_and_leaves_the_next_its_own(
        self, get: Callable[[str], str]
    ) -> None:
        assert [get("/reads"), get("/usual"), get("/reads"), get("/usual")] == [
            "none",
            "one transaction",
            "none",
            "one transaction",
        ]

    def test_is_stopped_when_it_stores_something(self, get: Callable[[str], str]) -> None:
        with pytest.raises(RuntimeError, match="writes nothing"):
            get("/writes")
