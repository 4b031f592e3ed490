"""A fault nobody foresaw: a page with a next step for the person, the place without secrets for the log."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.shared.auth import public
from tests.support.application import settings_for
from tests.support.databases import Database

SECRET = "h7-a-secret-of-a-link"


@pytest.fixture
def app_that_fails(database: Database, tmp_path: Path) -> Iterator[Flask]:
    """An app as it runs outside of tests, with a page that fails."""
    log = logging.getLogger("portal")
    before = log.handlers[:], log.propagate, log.level
    app = create_app(settings_for(database.url, tmp_path, PORTAL_ENVIRONMENT="development"))
    log.propagate = True

    @public
    def fail(token: str) -> str:
        raise ValueError(f"cannot open {token}")

    app.add_url_rule("/falha/<token>", "failing_page", fail)
    yield app
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
