"""A demonstration: an app whose clock may be moved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.shared.db import db
from tests.support.application import settings_for
from tests.support.clients import PortalClient
from tests.support.databases import Database
from tests.support.seal import lend_certificate


@pytest.fixture
def demo_app(database: Database, tmp_path: Path) -> Iterator[Flask]:
    """The portal over an empty database, its clock as the world's until it is moved."""
    from portal.app import create_app

    database.restore("empty")
    lend_certificate(tmp_path)
    app = create_app(settings_for(database.url, tmp_path, PORTAL_DEMO_CLOCK="1"))
    app.test_client_class = PortalClient
    yield app
    with app.app_context():
        db.engine.dispose()
