"""The settings about late charges and small amounts: their defaults and how far an admin may go."""

import pytest

from portal.settings import queries
from portal.settings.rules.names import Name
from portal.shared.auth import Role
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.forms import form_values
from tests.support.people import ClientOf


def test_begin_with_their_defaults(transaction: Transaction) -> None:
    with transaction() as session:
        assert queries.value(session, Name.TOLERANCE_CENTS) == 10
        assert queries.value(session, Name.LEAST_REMINDED_REAIS) == 5


@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("tolerance_cents", "101", "Escreva um número inteiro de 0 a 100."),
        ("least_reminded_reais", "0", "Escreva um número inteiro de 1 a 50."),
        ("least_reminded_reais", "51", "Escreva um número inteiro de 1 a 50."),
    ],
)
def test_out_of_bounds_are_refused_at_the_field(
    transaction: Transaction, client_of: ClientOf, name: str, typed: str, why: str
) -> None:
    with transaction() as session:
        admin = make_user(session, role=Role.ADMIN).id
    client = client_of(admin)
    fields = form_values(client.get("/configuracoes").text)
    answer = client.post("/configuracoes", data=fields | {name: typed})
    assert answer.status_code == 422
    assert why in answer.text.split(f'id="{name}-error"')[1].split("</p>")[0]
    assert form_values(answer.text)[name] == typed
