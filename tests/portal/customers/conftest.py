"""Two partners, their people and a person of the vendor, with a browser each."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask import Flask

from portal.shared.auth import Actor, Role
from tests.factories.partners import make_partner
from tests.factories.users import PASSWORD, actor_of, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient

type SignIn = Callable[[Actor], PortalClient]


@dataclass(frozen=True)
class House:
    """Who there is: `seller` of `partner_id`, `rival` of `rival_partner_id`, and the vendor's people."""

    partner_id: int
    rival_partner_id: int
    seller: Actor
    rival: Actor
    support: Actor
    account_manager: Actor
    other_manager: Actor


@pytest.fixture
def house(transaction: Transaction) -> House:
    """Sul Sistemas and Norte Sistemas."""
    with transaction() as session:
        manager = make_user(session, role=Role.ACCOUNT_MANAGER, name="Ana Souza")
        other_manager = make_user(session, role=Role.ACCOUNT_MANAGER, name="Caio Reis")
        partner = make_partner(session, trade_name="Sul Sistemas", account_manager=manager)
        rival = make_partner(session, trade_name="Norte Sistemas", account_manager=other_manager)
        return House(
            partner_id=partner.id,
            rival_partner_id=rival.id,
            seller=actor_of(make_user(session, partner_id=partner.id)),
            rival=actor_of(make_user(session, partner_id=rival.id, name="Rita Rival")),
            support=actor_of(make_user(session, role=Role.SUPPORT, name="Sônia Apoio")),
            account_manager=actor_of(manager),
            other_manager=actor_of(other_manager),
        )


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """A signed-in browser of a person."""

    def browser(person: Actor) -> PortalClient:
        client = app.test_client()
        assert isinstance(client, PortalClient)
        client.sign_in(person.email, PASSWORD)
        return client

    return browser
