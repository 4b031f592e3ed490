"""What people of a customer find in the Central do Assinante besides the first page, and may change."""

from datetime import timedelta
from typing import ClassVar

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.customers.models import Customer
from portal.documents.rules.files import FileKind
from portal.shared.audit import LogEntry
from portal.shared.auth import Role
from portal.tasks.models import Task
from tests.factories.contracts import make_contract
from tests.factories.documents import make_file
from tests.factories.quotes import make_house
from tests.factories.subscribers import entry_of
from tests.factories.users import make_user
from tests.portal.subscribers.test_signing_in import MARIA, bill, come_in
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.people import ClientOf
from tests.support.scenes import lived


@pytest.fixture
def maria(app: Flask, visitor: PortalClient, transaction: Transaction) -> PortalClient:
    """Somebody of a customer with an open invoice, signed in."""

    def is_in() -> str:
        with transaction() as session:
            bill(session)
        return come_in(app, visitor, transaction)

    lived(app, is_in, beside=[visitor])
    return visitor


def own(session: Session) -> Customer:
    return session.scalars(select(Customer).where(Customer.email == MARIA)).one()


class TestDocuments:
    @pytest.mark.deep
    def test_are_what_the_customer_signed(self, maria: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            customer = own(session)
            signed = make_file(session, customer=customer, title="Assinado", kind=FileKind.SIGNED_CONTRACT).id
            draft = make_file(session, customer=customer, title="Rascunho").id
            other = make_house(session, document="11.444.777/0001-61").customer
            foreign = make_file(session, customer=other, title="Alheio", kind=FileKind.SIGNED_CONTRACT).id
        page = maria.get("/assinante/documentos").text
        assert "Baixar Assinado" in page
        assert "Rascunho" not in page
        answer = maria.get(f"/assinante/documentos/{signed}")
        assert answer.data == b"%PDF-1.7 a contract"
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert [maria.get(f"/assinante/documentos/{each}").status_code for each in (draft, foreign)] == [
            404,
            404,
        ]


class TestRegistration:
    FORM: ClassVar = {
        "phone": "(47) 99999-1234",
        "postal_code": "89010-000",
        "street": "Rua Nova",
        "city": "Blumenau",
    }

    @pytest.mark.deep
    def test_is_put_right_by_the_customer(self, maria: PortalClient, transaction: Transaction) -> None:
        version = self.version(maria)
        answer = maria.submit("/assinante/dados", self.FORM | {"state": "SC", "lock_version": version})
        assert location(answer) == "/assinante/dados"
        assert 'value="Blumenau"' in maria.get("/assinante/dados").text
        with transaction() as session:
            customer = own(session)
            assert (customer.phone, customer.street, customer.state) == ("47999991234", "Rua Nova", "SC")
            entry = session.scalars(select(LogEntry).filter_by(action="customer_changed")).one()
            assert entry.actor_label == MARIA
            assert "Blumenau" not in entry.summary

    def test_says_what_is_wrong_at_its_field(self, maria: PortalClient) -> None:
        answer = maria.submit("/assinante/dados", self.FORM | {"postal_code": "123", "lock_version": "1"})
        assert answer.status_code == 422
        assert "Confira antes de continuar" in answer.text
        assert 'value="Rua Nova"' in answer.text

    def test_is_not_overwritten(self, maria: PortalClient, transaction: Transaction) -> None:
        version = self.version(maria)
        with transaction() as session:
            own(session).city = "Curitiba"
        answer = maria.submit("/assinante/dados", self.FORM | {"lock_version": version})
        assert answer.status_code == 409
        with transaction() as session:
            assert own(session).city == "Curitiba"

    def version(self, maria: PortalClient) -> str:
        page = maria.get("/assinante/dados").text
        return page.split('name="lock_version"')[1].split('value="')[1].split('"')[0]


def test_a_list_is_filtered_and_taken_along(maria: PortalClient) -> None:
    listed = maria.get("/assinante/faturas?estado=open").text
    assert "fatura 00" in listed
    assert "Vencida" in listed or "Em aberto" in listed
    assert "Nenhuma fatura assim" in maria.get("/assinante/faturas?estado=paid").text
    lines = maria.get("/assinante/faturas.csv").data.decode("utf-8-sig").splitlines()
    assert lines[0] == "Fatura;Vencimento;Valor;Situação;Paga em"
    assert "199,90;Em aberto" in lines[1]


@pytest.mark.deep
def test_a_contract_paid_otherwise_asks_for_no_card(maria: PortalClient, transaction: Transaction) -> None:
    with transaction() as session:
        house = make_house(session, document="11.444.777/0001-61")
        foreign = make_contract(session, house, state=ContractState.ACTIVE, payment_method="card").id
    assert "Cadastrar cartão" not in maria.get("/assinante/dados").text
    assert maria.submit(f"/assinante/contratos/{foreign}/cartao").status_code == 404


class TestSeenByTheVendor:
    @pytest.mark.deep
    def test_shows_the_page_without_its_buttons_and_is_logged(
        self, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with transaction() as session:
            customer_id, who = bill(session).id, make_user(session, role=Role.SUPPORT).id
        support = client_of(who)
        assert "Ver como cliente" in support.get(f"/clientes/{customer_id}").text
        page = support.submit(f"/assinante/ver/{customer_id}")
        assert page.status_code == 200
        assert "Nada pode ser mudado daqui" in page.text
        assert "199,90" in page.text
        assert "Pagar fatura" not in page.text
        with transaction() as session:
            entry = session.scalars(select(LogEntry).filter_by(action="viewed_as_customer")).one()
            assert entry.customer_id == customer_id
        assert support.get("/assinante").status_code == 303  # it opens nothing of the customer's own

    @pytest.mark.deep
    def test_is_not_for_partners(self, client_of: ClientOf, transaction: Transaction) -> None:
        with transaction() as session:
            customer = bill(session)
            customer_id, seller = customer.id, make_user(session, partner_id=customer.partner_id).id
        browser = client_of(seller)
        assert "Ver como cliente" not in browser.get(f"/clientes/{customer_id}").text
        assert browser.submit(f"/assinante/ver/{customer_id}").status_code in {403, 404}


@pytest.mark.deep
def test_another_company_is_offered_only_where_there_is_one(
    maria: PortalClient, transaction: Transaction
) -> None:
    with transaction() as session:  # somebody else is signed in, too
        stranger = bill(session, "x@z.example")
        entry_of(session, stranger, is_in=True)
    assert "Trocar de empresa" not in maria.get("/assinante").text
    with transaction() as session:
        bill(session, "x@y.example")
        other = session.scalars(select(Customer).where(Customer.email == "x@y.example")).one()
        other.email = MARIA
    assert "Trocar de empresa" in maria.get("/assinante").text


class TestPrivacy:
    def test_everything_kept_is_taken_along(self, maria: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            make_house(session, document="11.444.777/0001-61", name="Alheia Ltda")
        answer = maria.get("/assinante/dados.json")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        data = answer.get_json()
        assert data["cadastro"]["email"] == MARIA
        assert [(each["valor"], each["situacao"]) for each in data["faturas"]] == [
            ("R$\xa0199,90", "Em aberto")
        ]
        assert [each["email"] for each in data["acessos"]] == [MARIA]
        assert "Alheia" not in answer.text
        assert "52998224725" not in answer.text  # the signatory's CPF is nobody else's

    def test_erasure_is_asked_of_an_admin_once(self, maria: PortalClient, transaction: Transaction) -> None:
        maria.get("/assinante/dados")
        for _ in range(2):
            assert location(maria.submit("/assinante/dados/exclusao")) == "/assinante/dados"
        assert "Respondemos em até 15 dias" in maria.get("/assinante/dados").text
        with transaction() as session:
            (task,) = session.scalars(select(Task).where(Task.key.startswith("erasure:")))
            assert (task.team, task.due_at - task.opened_at) == (Role.ADMIN, timedelta(days=15))
            assert len(session.scalars(select(LogEntry).filter_by(action="erasure_asked")).all()) == 1
