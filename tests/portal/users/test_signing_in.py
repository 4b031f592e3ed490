"""Signing in and out at the pages people use."""


import pytest
from flask import Flask

from tests.factories.partners import make_partner
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location

EMAIL = "bruno@sulsistemas.com.br"


@pytest.fixture
def seller(transaction: Transaction) -> int:
    """A seller, Bruno, who has accepted his invitation."""
    with transaction() as session:
        partner = make_partner(session)
        return make_user(session, email=EMAIL, partner_id=partner.id).id


@pytest.fixture
def client(app: Flask) -> PortalClient:
    """A browser that nobody has signed in with."""
    made = app.test_client()
    assert isinstance(made, PortalClient)
    return made


def sign_in(client: PortalClient, **fields: str) -> object:
    client.get("/entrar")
    return client.submit("/entrar", {"email": EMAIL, "password": PASSWORD} | fields)


@pytest.mark.usefixtures("seller")
class TestSigningIn:
    def test_leads_to_the_home_page(self, client: PortalClient) -> None:
        client.get("/entrar")
        answer = client.submit("/entrar", {"email": EMAIL, "password": PASSWORD})
        assert (answer.status_code, location(answer)) == (303, "/")
        assert client.get("/conta").status_code == 200
