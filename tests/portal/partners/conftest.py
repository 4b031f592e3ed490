"""A vendor with an administrator and two account managers, and two partners with their people."""

from dataclasses import dataclass

import pytest

from portal.shared.auth import Actor, Role
from tests.factories.partners import make_partner
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction


@dataclass(frozen=True)
class Vendor:
    """Who there is: `gestor` and `seller` of `partner_id`, `rival` manages `rival_partner_id`."""

    partner_id: int
    rival_partner_id: int
    admin: Actor
    ana: Actor
    caio: Actor
    gestor: Actor
    seller: Actor
    rival: Actor


@pytest.fixture
def vendor(transaction: Transaction) -> Vendor:
    with transaction() as session:
        ana = make_user(session, role=Role.ACCOUNT_MANAGER, name="Ana Souza")
        caio = make_user(session, role=Role.ACCOUNT_MANAGER, name="Caio Reis")
        partner = make_partner(session, trade_name="Sul Sistemas", tier="prata", account_manager=ana)
        rival = make_partner(session, trade_name="Norte Sistemas", tier="ouro", account_manager=ana)
        admin = make_user(session, role=Role.ADMIN, name="Diana Prado", email="diana@portal.example")

        def person(role: Role, partner_id: int, name: str) -> Actor:
            return actor_of(make_user(session, role=role, partner_id=partner_id, name=name))

        return Vendor(
            partner_id=partner.id,
            rival_partner_id=rival.id,
            admin=actor_of(admin),
            ana=actor_of(ana),
            caio=actor_of(caio),
            gestor=person(Role.PARTNER_ADMIN, partner.id, "Gil Gestor"),
            seller=person(Role.SELLER, partner.id, "Bruno Lima"),
            rival=person(Role.PARTNER_ADMIN, rival.id, "Rita Rival"),
        )
