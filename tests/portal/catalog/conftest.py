"""An admin and an account manager, each in a browser."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import event

from portal.shared.auth import Role
from portal.shared.db import db
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient


def _signed_in(app: Flask, transaction: Transaction, role: Role) -> PortalClient:
    with transaction() as session:
        email = make_user(session, role=role).email
    client = app.test_client()
    assert isinstance(client, PortalClient)
    client.sign_in(email, PASSWORD)
    return client


@pytest.fixture
def admin(app: Flask, transaction: Transaction) -> PortalClient:
    """The browser of an administrator."""
    return _signed_in(app, transaction, Role.ADMIN)


@pytest.fixture
def manager(app: Flask, transaction: Transaction) -> PortalClient:
    """The browser of an account manager."""
    return _signed_in(app, transaction, Role.ACCOUNT_MANAGER)


@pytest.fixture
def count_statements(app: Flask) -> Iterator[list[str]]:
    """Every statement sent to the database, as it is sent."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)
