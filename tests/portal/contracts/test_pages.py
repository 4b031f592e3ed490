"""A contract's page, the click on the quote, the history at the customer, and the list."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal.contracts.operations.changing import start_change
from portal.contracts.queries.reading import load_contract
from portal.contracts.rules.states import ContractKind, ContractState
from portal.shared import queue
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.signatures.models import Envelope
from tests.factories.contracts import make_contract
from tests.factories.partners import make_partner
from tests.factories.quotes import NOON, House, make_house
from tests.factories.signatures import sign
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.letters import written
from tests.support.people import ClientOf

pytestmark = pytest.mark.usefixtures("on_the_day")

SIGNATORY = {"name": "João Alves", "cpf": "111.444.777-35", "email": "joao@paoquente.com.br", "phone": ""}


def arranged(
    transaction: Transaction, *, state: ContractState = ContractState.DRAFT, **customer: Any
) -> House:
    """A house whose customer has contract 1, in a state."""
    with transaction() as session:
        session.expire_on_commit = False
        house = make_house(session, **customer)
        make_contract(session, house, state=state)
        return house


def state_of(transaction: Transaction, contract_id: int = 1) -> ContractState:
    with transaction() as session:
        return load_contract(session, contract_id).state


def run_queue(app: Flask) -> None:
    with app.app_context():
        queue.run_all(db.engine, clock=lambda: NOON + timedelta(minutes=1))


def at_contract(client_of: ClientOf, house: House) -> PortalClient:
    client = client_of(house.seller.user_id)
    client.get("/contratos/1")
    return client


class TestTheClick:
    def test_stands_on_the_quote_and_at_the_customer_and_leads_to_a_page_that_waits(
        self, app: Flask, transaction: Transaction, client_of: ClientOf
    ) -> None:
        house = arranged(transaction)
        client = client_of(house.seller.user_id)
        assert "Gerar contrato" in client.get("/orcamentos/1").text
        assert "O cliente aceitou a proposta." in client.get(f"/clientes/{house.customer.id}").text
        answer = client.submit("/contratos/1/gerar")
        assert (answer.status_code, location(answer)) == (303, "/contratos/1")
        page = client.get("/contratos/1").text
        assert "Preparando o contrato" in page
        assert '<meta http-equiv="refresh"' in page
        waiting = client.ask("/contratos/1/andamento")
        assert waiting.status_code == 200
        assert "<html" not in waiting.text
        run_queue(app)
        assert client.ask("/contratos/1/andamento").headers["HX-Redirect"] == "/contratos/1"
        page = client.get("/contratos/1").text
        assert "Aguardando contrato" in page
        assert "Enviado para maria@paoquente.com.br, ainda não aberto" in page

    @pytest.mark.deep
    def test_without_an_address_says_what_lacks_and_leads_to_the_registration(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        house = arranged(transaction, street="")
        client = at_contract(client_of, house)
        page = client.get("/contratos/1").text
        assert "Falta completar o endereço do cliente." in page
        assert "Gerar contrato" not in page
        answer = client.submit("/contratos/1/gerar")
        assert answer.status_code == 422
        assert "O contrato não pode ser gerado." in answer.text
        assert f"/clientes/{house.customer.id}/editar" in answer.text

    def test_is_not_for_who_only_looks(self, transaction: Transaction, client_of: ClientOf) -> None:
        house = arranged(transaction)
        page = client_of(house.manager.user_id).get("/contratos/1").text
        assert "Pronto para gerar" in page
        assert "/contratos/1/gerar" not in page


class TestTheHistoryAtTheCustomer:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("state", "word", "lack"),
        [
            (ContractState.DRAFT, "Rascunho", "Falta gerar o contrato"),
            (ContractState.AWAITING_SIGNATURE, "Aguardando contrato", "Faltam a assinatura e o primeiro"),
            (ContractState.AWAITING_PAYMENT, "Aguardando pagamento", "Falta o primeiro pagamento"),
            (ContractState.ACTIVE, "Ativo", ""),
        ],
    )
    def test_tells_at_one_look_what_lacks_and_since_when(
        self,
        transaction: Transaction,
        client_of: ClientOf,
        state: ContractState,
        word: str,
        lack: str,
    ) -> None:
        house = arranged(transaction, state=state)
        client = client_of(house.seller.user_id)
        page = client.get(f"/clientes/{house.customer.id}/contratacoes").text
        history = page.split("Histórico de contratação")[1].split("Orçamentos")[0]
        assert word in history
        assert lack in history
        assert ("desde 10/06/2026 12:00" in history) is bool(lack)
        assert word in client.get("/contratos").text
        assert word in client.get("/contratos.csv").text


class TestTheRecordOfTheCustomer:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("days", "said"), [(0, "Liberado até 31/07/2026"), (60, "Esteve liberado até 31/07/2026")]
    )
    def test_says_on_top_until_when_the_service_is_released(
        self, transaction: Transaction, client_of: ClientOf, days: int, said: str
    ) -> None:
        house = arranged(transaction, state=ContractState.ACTIVE)
        with time_machine.travel(NOON + timedelta(days=days)):
            page = client_of(house.seller.user_id).get(f"/clientes/{house.customer.id}").text
        assert f"</svg>{said}</span>" in page.split("Partes da ficha")[0]


class TestTheStepsOfTheSignature:
    @pytest.mark.deep
    def test_name_the_seal_without_its_fingerprint(
        self, app: Flask, transaction: Transaction, client_of: ClientOf
    ) -> None:
        house = arranged(transaction, state=ContractState.AWAITING_SIGNATURE)
        with transaction() as session:
            sign(session, session.get_one(Envelope, load_contract(session, 1).envelope_id))
        run_queue(app)
        steps = at_contract(client_of, house).get("/contratos/1").text.split("Assinatura, passo a passo")[1]
        assert "Arquivo selado" in steps
        assert not re.search(r"[0-9a-f]{64}", steps)


class TestTheStepOfTheInvoice:
    @pytest.mark.deep
    def test_says_how_much_until_when_and_leads_to_it(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        house = arranged(transaction, state=ContractState.AWAITING_PAYMENT)
        client = client_of(house.seller.user_id)
        assert "R$\xa0199,90, vence em 15/06/2026" in client.get("/contratos/1").text
        assert 'href="/faturas/1"' in client.get("/contratos/1").text
        with time_machine.travel(at_sao_paulo(date(2026, 6, 16), 9)):
            assert "R$\xa0199,90, venceu em 15/06/2026" in client.get("/contratos/1").text


class TestTheSignatory:
    def test_is_asked_again_by_a_button(self, transaction: Transaction, client_of: ClientOf) -> None:
        house = arranged(transaction, state=ContractState.AWAITING_SIGNATURE)
        client = at_contract(client_of, house)
        answer = client.submit("/contratos/1/reenviar")
        assert answer.status_code == 303
        assert "enviado de novo para maria@paoquente.com.br" in client.get("/contratos/1").text

    @pytest.mark.deep
    def test_is_replaced_by_whoever_is_typed(
        self, app: Flask, transaction: Transaction, client_of: ClientOf
    ) -> None:
        house = arranged(transaction, state=ContractState.AWAITING_SIGNATURE)
        client = at_contract(client_of, house)
        wrong = client.submit("/contratos/1/responsavel", SIGNATORY | {"cpf": "111.444.777-36"})
        assert wrong.status_code == 422
        assert "João Alves" in wrong.text
        named = client.submit("/contratos/1/responsavel", SIGNATORY | {"name": "joao@x.example"})
        assert (named.status_code, "Escreva-o sem “@”." in named.text) == (422, True)
        assert client.submit("/contratos/1/responsavel", SIGNATORY).status_code == 303
        run_queue(app)
        page = client.get("/contratos/1").text
        assert "Enviado para joao@paoquente.com.br, ainda não aberto" in page


class TestCanceling:
    def test_asks_why_and_says_what_it_did(self, transaction: Transaction, client_of: ClientOf) -> None:
        house = arranged(transaction, state=ContractState.AWAITING_SIGNATURE)
        client = at_contract(client_of, house)
        refused = client.submit("/contratos/1/cancelar", {"reason": ""})
        assert refused.status_code == 422
        assert "Diga por que este contrato não segue adiante." in refused.text
        assert client.submit("/contratos/1/cancelar", {"reason": "Fechou a loja"}).status_code == 303
        page = client.get("/contratos/1").text
        assert "Os links que o cliente recebeu não valem mais" in page
        assert "Fechou a loja" in page
        assert state_of(transaction) is ContractState.CANCELED
        again = client.submit("/contratos/1/gerar-de-novo")
        assert location(again) == "/contratos/2"


class TestChanges:
    def test_begin_at_the_contract_and_show_the_difference_on_the_quote(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        house = arranged(transaction, state=ContractState.ACTIVE)
        client = at_contract(client_of, house)
        answer = client.submit("/contratos/1/aditivo")
        assert location(answer) == "/orcamentos/2/editar"
        page = client.get("/orcamentos/2").text
        assert "Aditivo ao contrato 000001." in page
        assert "A mensalidade continua em R$" in page

    def test_of_partner_are_offered_to_the_vendor_and_seen_by_the_new_partner(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        house = arranged(transaction, state=ContractState.ACTIVE)
        with transaction() as session:
            partner_id = make_partner(session, trade_name="Norte Sistemas").id
            support = make_user(session, role=Role.SUPPORT).id
            seller = make_user(session, partner_id=partner_id).id
            make_user(session, partner_id=partner_id, role=Role.PARTNER_ADMIN)
        assert "Trocar de parceiro" not in client_of(house.seller.user_id).get("/contratos/1").text
        client = client_of(support)
        assert "Trocar de parceiro" in client.get("/contratos/1").text
        assert client.submit("/contratos/1/parceiro", {"partner_id": "0"}).status_code == 422
        assert client.submit("/contratos/1/parceiro", {"partner_id": str(partner_id)}).status_code == 303
        assert "espera a proposta do novo parceiro" in client.get("/contratos/1").text
        with transaction() as session:
            mail = session.scalars(select(MailMessage).where(MailMessage.partner_id == partner_id)).one()
            told = written(session, mail)
            assert told.subject == "Cliente que passa para Norte Sistemas: Padaria Pão Quente Ltda"
            assert "/clientes/2/troca-de-parceiro" in told.text_body
        new = client_of(seller)
        customer = new.get("/clientes/2").text
        assert "Este cliente passa para você." in customer
        assert "Padaria Pão Quente Ltda" in new.get("/clientes/2/troca-de-parceiro").text
        assert location(new.submit("/clientes/2/troca-de-parceiro/1")) == "/orcamentos/2/editar"
        assert "Troca de parceiro: há uma cobrança na troca" in new.get("/orcamentos/2").text
        assert new.get("/contratos/1").status_code == 404


class TestTheList:
    def test_finds_by_number_state_and_kind(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            session.expire_on_commit = False
            house = make_house(session)
            make_contract(session, house)
            running = make_contract(session, house, state=ContractState.ACTIVE)
            quote = start_change(
                session, contract=running, kind=ContractKind.AMENDMENT, actor=house.seller, now=NOON
            )
            assert quote.id
        client = client_of(house.seller.user_id)
        assert links(client, "?estado=active") == ["/contratos/2"]
        assert links(client, "?estado=draft") == ["/contratos/1"]
        assert "/contratos/2" in links(client, "?busca=000002")  # a document may hold these figures too
        assert links(client, "?tipo=amendment") == []
        assert sorted(links(client, "?busca=padaria")) == ["/contratos/1", "/contratos/2"]


def links(client: PortalClient, query: str) -> list[str]:
    page = client.get(f"/contratos{query}").text
    return [part.split('"')[0] for part in page.split('class="row-title" href="')[1:]]
