"""Modelos de contrato: versions that never change, the next one, and how it looks printed."""

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.contracts.models import ContractTemplate
from portal.contracts.rules.states import ContractState
from portal.shared.auth import Role
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf

pytestmark = pytest.mark.usefixtures("on_the_day")

TEXT = "# Objeto\nA licença de uso.\n\n- um item\n\n# Foro\nO do domicílio."


@pytest.fixture
def admin(transaction: Transaction, client_of: ClientOf) -> PortalClient:
    with transaction() as session:
        user_id = make_user(session, role=Role.ADMIN, name="Davi Reis").id
    client = client_of(user_id)
    client.get("/modelos-de-contrato/novo")
    return client


def numbers(transaction: Transaction) -> list[int]:
    with transaction() as session:
        return list(session.scalars(select(ContractTemplate.number).order_by(ContractTemplate.number)))


class TestTheFirstVersion:
    def test_is_the_houses_own_text_before_anybody_wrote_one(self, admin: PortalClient) -> None:
        page = admin.get("/modelos-de-contrato").text
        assert "Versão 1" in page
        assert "Texto inicial" in page
        assert "CONTRATADA" in admin.get("/modelos-de-contrato/1").text
        assert admin.get("/modelos-de-contrato/2").status_code == 404

    def test_is_printed_with_made_up_parties(self, admin: PortalClient) -> None:
        answer = admin.get("/modelos-de-contrato/1/previa.pdf")
        assert answer.mimetype == "application/pdf"
        assert answer.data.startswith(b"%PDF-")


class TestTheNextVersion:
    @pytest.mark.deep
    def test_begins_with_the_present_text_and_is_kept_beside_it(
        self, admin: PortalClient, transaction: Transaction
    ) -> None:
        assert "CONTRATADA" in admin.get("/modelos-de-contrato/novo").text
        form = {"clauses": TEXT, "note": "Mais curto", "based_on": "1"}
        assert location(admin.submit("/modelos-de-contrato/novo", form)) == "/modelos-de-contrato"
        assert numbers(transaction) == [1, 2]
        page = admin.get("/modelos-de-contrato").text
        assert "Mais curto" in page
        assert "Davi Reis" in page
        assert "1. Objeto" in admin.get("/modelos-de-contrato/2").text
        assert "CONTRATADA" in admin.get("/modelos-de-contrato/1").text

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"clauses": "sem cláusula"}, "Falta ao menos uma cláusula"),
            ({"clauses": "# Objeto\n# Foro\nTexto."}, "está sem texto"),
            ({"clauses": ""}, "Escreva o texto do contrato."),
            ({"clauses": TEXT + " 🤝 ok 📄 📄"}, "não tem “🤝📄”, que sairia como □"),
            (
                {"clauses": TEXT + "\nMulta de {mulat}."},
                "Não conhecemos {mulat}. Use {multa}, {juros}, {ordem}.",
            ),
            ({"note": ""}, "Conte em uma frase o que mudou."),
            ({"based_on": "9"}, "Outra pessoa criou a versão"),
        ],
    )
    def test_is_refused_at_the_field_and_what_was_typed_stays(
        self, admin: PortalClient, transaction: Transaction, change: dict[str, str], said: str
    ) -> None:
        form = {"clauses": TEXT, "note": "Mais curto", "based_on": "1"} | change
        answer = admin.submit("/modelos-de-contrato/novo", form)
        assert answer.status_code in (409, 422)
        assert said in answer.text
        assert form["note"] in answer.text
        assert numbers(transaction) in ([], [1])

    def test_is_looked_at_before_it_is_kept(self, admin: PortalClient, transaction: Transaction) -> None:
        preview = admin.submit("/modelos-de-contrato/previa", {"clauses": TEXT, "note": ""})
        assert (preview.mimetype, preview.data[:5]) == ("application/pdf", b"%PDF-")
        assert admin.submit("/modelos-de-contrato/previa", {"clauses": "nada"}).status_code == 422
        assert numbers(transaction) == []

    def test_written_by_two_is_one_of_them(self, admin: PortalClient) -> None:
        form = {"clauses": TEXT, "note": "Mais curto", "based_on": "1"}
        assert admin.submit("/modelos-de-contrato/novo", form).status_code == 303
        late = admin.submit("/modelos-de-contrato/novo", form | {"clauses": TEXT + "\n\nMais."})
        assert late.status_code == 409
        assert "Mais." in late.text


class TestAVersionInUse:
    def test_is_neither_changed_nor_removed(self, session: Session) -> None:
        make_contract(session, make_house(session), state=ContractState.AWAITING_SIGNATURE)
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(update(ContractTemplate).values(clauses="# Outra\nCoisa."))
        with pytest.raises(IntegrityError), session.begin_nested():
            session.execute(delete(ContractTemplate))
