"""Faults nobody foresaw: a page with a next step for the person, the place without secrets for the log."""

import gc
import logging
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import IO

import pytest
from flask import Flask, Request, Response, request, stream_with_context
from sqlalchemy import QueuePool, func, select, text

from portal.app import create_app
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.lists import csv_response, read_all
from tests.support.application import settings_for
from tests.support.databases import Database

SECRET = "h7-a-secret-of-a-link"


DISK_FULL_AT_COMMIT = """
CREATE TABLE notes (id int);
CREATE FUNCTION disk_is_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'could not extend file for h7-a-secret-of-a-link' USING ERRCODE = 'disk_full';
END $$;
CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON notes DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION disk_is_full();
"""


def full_at_commit(token: str) -> str:
    """A view whose COMMIT finds the disk full."""
    db.session.execute(text(DISK_FULL_AT_COMMIT))
    db.session.execute(text("INSERT INTO notes VALUES (1)"))
    return f"{token} is written"


def lost_at_commit(token: str) -> str:
    """A view whose database goes away before the COMMIT."""
    lose_connection()
    return f"{token} is written"


def lost_while_sending(token: str) -> Response:
    """A view whose database goes away while its answer is sent."""

    def lines() -> Iterator[str]:
        yield "one "
        lose_connection()
        yield "two"

    del token
    return Response(stream_with_context(lines()))


def broken_list(token: str) -> Response:
    """A list whose database goes away after a thousand rows."""

    def rows() -> Iterator[tuple[int]]:
        for number in range(1000):
            yield (number,)
        lose_connection()
        db.session.execute(text("SELECT 1"))

    return csv_response(f"{token}.csv", ["número"], rows())


def list_without_database(token: str) -> Response:
    """A list whose database goes away before its first row."""

    def rows() -> Iterator[tuple[int]]:
        lose_connection()
        yield (db.session.execute(text("SELECT 1")).scalar_one(),)

    return csv_response(f"{token}.csv", ["número"], rows())


def long_list(token: str) -> Response:
    """A list of more than one chunk, read while it is sent."""
    numbers = select(func.generate_series(1, 2_000))
    return csv_response(f"{token}.csv", ["número"], ((number,) for number in read_all(numbers)))


def upload(token: str) -> str:
    """A view that takes a file."""
    return f"{len(request.files['file'].read())} bytes at {token}"


def lose_connection() -> None:
    """End the request's connection from outside, as a restart of the database does."""
    pid = db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with db.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})


@pytest.fixture
def app_that_fails(database: Database, tmp_path: Path) -> Iterator[Flask]:
    """An app as it runs outside of tests, with a page that fails."""
    database.restore("empty")
    log = logging.getLogger("portal")
    before = log.handlers[:], log.propagate, log.level
    app = create_app(settings_for(database.url, tmp_path, PORTAL_ENVIRONMENT="development"))
    log.propagate = True
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # the file is the subject here

    @public
    def fail(token: str) -> str:
        raise ValueError(f"cannot open {token}")

    app.add_url_rule("/falha/<token>", "failing_page", fail)
    for view in (
        full_at_commit,
        lost_at_commit,
        lost_while_sending,
        broken_list,
        list_without_database,
        long_list,
    ):
        app.add_url_rule(f"/{view.__name__}/<token>", view.__name__, public(view))
    app.add_url_rule("/upload/<token>", "upload", public(upload), methods=["POST"])
    yield app
    with app.app_context():
        db.engine.dispose()
    log.handlers[:], log.propagate = before[:2]
    log.setLevel(before[2])


class TestAFault:
    def test_is_shown_with_a_next_step_and_logged_without_the_secret(
        self, app_that_fails: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = app_that_fails.test_client().get(f"/falha/{SECRET}")
        assert answer.status_code == 500
        assert "Traceback" not in answer.text
        assert SECRET not in answer.text
        logged = caplog.text
        assert "failing_page" in logged
        assert "ValueError" in logged
        assert "in fail" in logged
        assert SECRET not in logged


class TestADatabaseLostInTheMiddle:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("view", "expected"),
        [
            ("full_at_commit", "DiskFull"),
            ("lost_at_commit", "AdminShutdown"),
            ("list_without_database", "AdminShutdown"),
        ],
    )
    def test_is_told_in_words_and_with_when_to_try_again(
        self, app_that_fails: Flask, caplog: pytest.LogCaptureFixture, view: str, expected: str
    ) -> None:
        answer = app_that_fails.test_client().get(f"/{view}/{SECRET}")
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"
        assert '<html lang="pt-BR">' in answer.text
        assert "is written" not in answer.text
        assert view in caplog.text
        assert expected in caplog.text
        assert SECRET not in answer.text + caplog.text

    def test_leaves_nothing_behind_in_the_next_request(self, app_that_fails: Flask) -> None:
        client = app_that_fails.test_client()
        assert client.get(f"/lost_at_commit/{SECRET}").status_code == 503
        assert client.get("/entrar").status_code == 200

    def test_after_the_answer_is_no_fault_of_it(
        self, app_that_fails: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = app_that_fails.test_client().get(f"/lost_while_sending/{SECRET}")
        assert (answer.status_code, answer.text) == (200, "one two")
        assert "connection lost at the end of a request" in caplog.text
        assert SECRET not in caplog.text

    @pytest.mark.deep
    @pytest.mark.parametrize("method", ["HEAD", "GET"])
    def test_is_let_go_of_when_nobody_reads_a_list_to_its_end(
        self, app_that_fails: Flask, method: str
    ) -> None:
        answer = app_that_fails.test_client().open(f"/long_list/{SECRET}", method=method, buffered=False)
        gc.disable()
        try:
            answer.close()
            with app_that_fails.app_context():
                pool = db.engine.pool
            assert isinstance(pool, QueuePool)
            assert pool.checkedout() == 0
        finally:
            gc.enable()

    def test_hangs_up_on_a_list_that_is_being_sent(
        self, app_that_fails: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        answer = app_that_fails.test_client().get(f"/broken_list/{SECRET}", buffered=False)
        received: list[bytes] = []
        with pytest.raises(BrokenPipeError) as hung_up:
            received.extend(answer.iter_encoded())
        assert b"499" in b"".join(received)
        assert SECRET not in f"{hung_up.value} {hung_up.value.__cause__} {caplog.text}"
        assert "broken_list" in caplog.text


class TestAFullDisk:
    def test_is_told_to_who_sends_a_file(
        self, app_that_fails: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def on_the_full_disk(*_sizes: object, **_names: object) -> IO[bytes]:
            return Path("/dev/full").open("r+b", buffering=0)

        monkeypatch.setattr(Request, "_get_file_stream", on_the_full_disk)
        sent = {"file": (BytesIO(b"x" * 10_000), "proof.pdf")}
        answer = app_that_fails.test_client().post(f"/upload/{SECRET}", data=sent)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert '<html lang="pt-BR">' in answer.text
        assert SECRET not in answer.text + caplog.text
