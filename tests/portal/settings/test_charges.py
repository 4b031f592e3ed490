"""The settings about late charges and small amounts: their defaults and how far an admin may go."""

import pytest
from sqlalchemy import select

from portal.settings import queries
from portal.settings.rules.late_terms import LateTerms
from portal.settings.rules.names import Name
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.forms import form_values
from tests.support.people import ClientOf


def test_begin_with_their_defaults(transaction: Transaction) -> None:
    with transaction() as session:
        assert queries.late_terms(session) == LateTerms(200, 100, charges_first=False)
        assert queries.value(session, Name.TOLERANCE_CENTS) == 10
        assert queries.value(session, Name.LEAST_REMINDED_REAIS) == 5


@pytest.mark.deep
@pytest.mark.parametrize(
    ("name", "typed", "why"),
    [
        ("late_fee_basis_points", "2,01", "Escreva um número de 0 a 2."),
        ("late_fee_basis_points", "1.5", "Escreva um número com até duas casas, por exemplo 1,5."),
        ("late_interest_basis_points", "1,5", "Escreva um número de 0 a 1."),
        ("late_interest_basis_points", "", "Escreva um número."),
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


@pytest.mark.deep
def test_rates_are_typed_and_told_as_people_write_them(transaction: Transaction, client_of: ClientOf) -> None:
    with transaction() as session:
        admin = make_user(session, role=Role.ADMIN).id
    client = client_of(admin)
    page = client.get("/configuracoes").text
    assert "De 0 a 2; o padrão é 2 %." in page
    typed = {"late_fee_basis_points": "1,5", "late_interest_basis_points": "0,33"}
    client.post("/configuracoes", data=form_values(page) | typed)
    shown = form_values(client.get("/configuracoes").text)
    assert {name: shown[name] for name in typed} == typed
    with transaction() as session:
        assert queries.late_terms(session) == LateTerms(150, 33, charges_first=False)
        entries = session.scalars(select(LogEntry.summary).order_by(LogEntry.position)).all()
        assert "Multa por atraso: de 2 % para 1,5 %" in entries
