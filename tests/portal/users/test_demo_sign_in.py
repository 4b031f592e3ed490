"""In the demonstration, the sign-in page lists its people. In production it never does."""

from dataclasses import replace

import pytest
from flask import Flask

from portal.demo.accounts import PASSWORD
from portal.shared.auth import Role
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location

OFFER = "Demonstração: escolha uma pessoa"


@pytest.fixture(autouse=True)
def carla(transaction: Transaction) -> None:
    with transaction() as session:
        make_user(
            session, email="carla@portal.example", role=Role.FINANCE, name="Carla Freitas", password=PASSWORD
        )
        make_user(session, email="davi@portal.example", role=Role.SUPPORT, password=None)
        make_user(session, email="ninguem@outra.example", role=Role.SUPPORT, name="Outra Pessoa")


class TestTheDemonstration:
    def test_offers_its_people_who_can_sign_in(self, visitor: PortalClient) -> None:
        page = visitor.get("/entrar").text
        assert OFFER in page
        assert "Carla Freitas" in page
        assert "Davi Rocha" not in page
        assert "Outra Pessoa" not in page

    def test_signs_in_by_one_click(self, visitor: PortalClient) -> None:
        visitor.get("/entrar?proximo=/pagamentos")
        clicked = {"email": "carla@portal.example", "password": PASSWORD, "proximo": "/pagamentos"}
        assert location(visitor.submit("/entrar", clicked)) == "/pagamentos"
        assert visitor.get("/pagamentos").status_code == 200

    def test_is_not_there_where_nobody_of_it_is(
        self, visitor: PortalClient, transaction: Transaction
    ) -> None:
        from sqlalchemy import update

        from portal.users.models import User

        with transaction() as session:
            session.execute(update(User).values(email=User.id.concat("@x.example")))
        assert OFFER not in visitor.get("/entrar").text


class TestProduction:
    def test_offers_nobody_though_they_are_in_the_database(self, app: Flask, visitor: PortalClient) -> None:
        before = app.config["PORTAL"]
        app.config["PORTAL"] = replace(before, environment="production")
        try:
            page = visitor.get("/entrar").text
        finally:
            app.config["PORTAL"] = before
        assert OFFER not in page
        assert PASSWORD not in page
