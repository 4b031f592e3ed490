"""The portal under test: one app a run, a restored database for every test that asks for it.

- `app`          the app over an empty, migrated database
- `transaction`  `with transaction() as session:` arranges or reads rows; commits at its end
- `session`      one session for a test of operations or queries alone; rolled back at the end
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from portal.config import Settings
from portal.shared.db import db
from tests.support.clients import PortalClient
from tests.support.databases import Database
from tests.support.lost_work import LostWork
from tests.support.ports import free_port
from tests.support.remembered import memory
from tests.support.seal import lend_certificate

SECRET_KEY = "for-tests-only-and-long-enough-to-be-accepted"

type Transaction = Callable[[], AbstractContextManager[Session]]


def settings_for(database_url: str, folder: Path, **environment: str) -> Settings:
    """The settings of a test app; `environment` overrides what stands here."""
    defaults = {
        "PORTAL_ENVIRONMENT": "test",
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "PORTAL_SMTP_URL": f"smtp://127.0.0.1:{free_port()}",  # nobody listens: mail stays queued
        "PORTAL_BASE_URL": "http://localhost",
        "PORTAL_VAR": str(folder),
        "PORTAL_LOG_LEVEL": "WARNING",
    }
    return Settings.from_environment(defaults | environment)


@pytest.fixture(scope="session")
def portal(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The app, made once. Ask for `app` instead, which also restores the database."""
    from portal.app import create_app  # here, so that a fault in one room stops no test that needs none

    var = tmp_path_factory.mktemp("var")
    lend_certificate(var)
    portal = create_app(settings_for(database.url, var))
    portal.test_client_class = PortalClient
    with portal.app_context():
        database.keep_warm(db.engine)
        memory.listen(db.engine)
    yield portal
    with portal.app_context():
        db.engine.dispose()


@pytest.fixture(scope="session")
def lost_work(portal: Flask) -> LostWork:
    """Watches every session of the app for changes that nobody commits."""
    return LostWork(portal)


@pytest.fixture
def app(portal: Flask, database: Database, lost_work: LostWork) -> Iterator[Flask]:
    """The app over a database with every table and no row."""
    from portal.catalog.queries import forget_lists

    database.restore("empty")
    forget_lists()  # what the process remembers of the database that was there before
    yield portal
    lost_work.refuse()


@pytest.fixture
def transaction(app: Flask) -> Transaction:
    """A factory of transactions of their own, as a request would have one."""

    @contextmanager
    def begin() -> Iterator[Session]:
        with app.app_context():
            yield db.session
            db.session.commit()

    return begin


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session inside an app context. Not together with a client, which would share its context."""
    with app.app_context():
        yield db.session
        db.session.rollback()
