"""`flask --app wsgi users invite`: the first administrator, before anybody can sign in."""

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage
from portal.users.models import User
from tests.factories.partners import make_partner
from tests.support.application import Transaction


def invite(app: Flask, *words: str) -> Result:
    return app.test_cli_runner().invoke(args=["users", "invite", *words])


class TestInvitingByCommand:
    def test_registers_the_first_administrator_and_owes_a_mail(
        self, app: Flask, transaction: Transaction
    ) -> None:
        result = invite(app, "--email", "Diana@Portal.example", "--name", "Diana Prado", "--role", "admin")
        assert result.exit_code == 0, result.output
        with transaction() as session:
            user = session.scalars(select(User)).one()
            assert (user.email, user.role, user.activated_at) == ("diana@portal.example", Role.ADMIN, None)
            assert session.scalars(select(MailMessage.to_address)).one() == "diana@portal.example"

    def test_takes_a_partner_for_its_people(self, app: Flask, transaction: Transaction) -> None:
        with transaction() as session:
            partner_id = make_partner(session).id
        words = (
            "--email",
            "g@x.com.br",
            "--name",
            "Gil",
            "--role",
            "partner_admin",
            "--partner",
            str(partner_id),
        )
        assert invite(app, *words).exit_code == 0

    def test_refuses_in_one_sentence_and_stores_nothing(self, app: Flask, transaction: Transaction) -> None:
        result = invite(app, "--email", "g@x.com.br", "--name", "Gil", "--role", "seller")
        assert result.exit_code == 1
        assert result.output == "Error: Escolha o parceiro desta pessoa.\n"
        with transaction() as session:
            assert session.scalars(select(User)).all() == []

    def test_takes_no_address_for_a_name(self, app: Flask) -> None:
        result = invite(app, "--email", "g@x.com.br", "--name", "g@x.com.br", "--role", "admin")
        assert (result.exit_code, result.output) == (1, "Error: Escreva o nome da pessoa sem “@”.\n")

    @pytest.mark.parametrize(
        ("email", "name", "sentence"),
        [
            ("diana", "Diana", "diana não é um endereço de e-mail."),
            ("diana@portal.example", " ", "Escreva o nome da pessoa."),
        ],
    )
    def test_wants_an_address_and_a_name(
        self, app: Flask, transaction: Transaction, email: str, name: str, sentence: str
    ) -> None:
        result = invite(app, "--email", email, "--name", name, "--role", "admin")
        assert (result.exit_code, result.output) == (1, f"Error: {sentence}\n")
        with transaction() as session:
            assert session.scalars(select(User)).all() == []
