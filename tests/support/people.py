"""Browsers of people: nobody's, or one in which somebody is signed in."""

import secrets
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import cast

import pytest
from argon2 import PasswordHasher
from flask import Flask

from portal.shared import clock
from portal.users.operations import hashing
from tests.support.application import Transaction
from tests.support.clients import PortalClient

type ClientOf = Callable[[int], PortalClient]

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # as the factories' passwords
LONG = timedelta(days=36_500)  # tests that travel in time stay signed in


@pytest.fixture(autouse=True)
def password_cost(request: pytest.FixtureRequest) -> Iterator[None]:
    """In production a sign-in costs a tenth of a second on purpose; only `costly_passwords` wait for it."""
    with pytest.MonkeyPatch.context() as patch:
        if "costly_passwords" not in request.fixturenames:
            patch.setattr(hashing, "hasher", CHEAP)
        yield


@pytest.fixture
def costly_passwords() -> None:
    """Passwords are kept as in production."""


@pytest.fixture
def visitor(app: Flask) -> PortalClient:
    """A browser that nobody has signed in with."""
    return cast("PortalClient", app.test_client())


@pytest.fixture
def client_of(app: Flask, transaction: Transaction) -> ClientOf:
    """`client_of(user.id)` is a browser in which this person is signed in; each call makes another one.

    The session is a row as the sign-in page makes it, without that page and the cost of a password.
    """
    from portal.shared.tokens import hash_secret
    from portal.users.models import UserSession

    def signed_in(user_id: int) -> PortalClient:
        token, now = secrets.token_urlsafe(32), clock.now()
        with transaction() as session:
            session.add(
                UserSession(
                    token_hash=hash_secret(token),
                    user_id=user_id,
                    created_at=now,
                    expires_at=now + LONG,
                    last_seen_at=now + LONG,
                    confirmed_at=now + LONG,
                )
            )
        client = cast("PortalClient", app.test_client())
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
        return client

    return signed_in
