"""Registering, arguing and deciding on the screen, and what everybody else sees of it."""

import csv
import io
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.cancellations.models import CancellationCase
from portal.cancellations.rules.cases import CaseState
from portal.contracts.operations.activating import end_contracts
from portal.contracts.rules.states import ContractState
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.letters import mailed_link
from tests.support.pdf import text_of
from tests.support.people import ClientOf

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
TENTH_OF_JULY = at_sao_paulo(date(2026, 7, 10), 15)


@pytest.fixture
def scene(transaction: Transaction) -> Iterator[dict[str, int]]:
    """A contract that is paid until 31/07, and who looks at it, on 10/07."""
    with time_machine.travel(TENTH_OF_JULY), transaction() as session:
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        ids = {
            "contract": contract.id,
            "customer": house.customer.id,
            "seller": house.seller.user_id,
            "manager": house.manager.user_id,
        }
    with time_machine.travel(TENTH_OF_JULY):
        yield ids


def opened(client: PortalClient, scene: dict[str, int]) -> str:
    """The page of a new case."""
    client.get(f"/contratos/{scene['contract']}/cancelamento")
    answer = client.submit(
        f"/contratos/{scene['contract']}/cancelamento", {"reason": "price", "words": "Ficou caro."}
    )
    assert answer.status_code == 303
    return location(answer)


def case_of(session: Session) -> CancellationCase:
    return session.scalars(select(CancellationCase)).one()


class TestARecordThatIsOpen:
    def test_shows_a_request_that_a_colleague_registers(
        self, client_of: ClientOf, scene: dict[str, int]
    ) -> None:
        manager = client_of(scene["manager"])
        page = manager.get(f"/clientes/{scene['customer']}").text
        asks = page.partition('hx-get="')[2].partition('"')[0]
        assert "/pendencias?vistas=" in asks
        assert manager.ask(asks).status_code == 204
        opened(client_of(scene["seller"]), scene)
        answer = manager.ask(asks)
        assert "Pedido de cancelamento 2026-" in answer.text
        again = answer.text.partition('hx-get="')[2].partition('"')[0]
        assert manager.ask(again).status_code == 204


class TestRegistering:
    @pytest.mark.deep
    def test_stands_on_top_of_the_record_for_everybody_at_once(
        self, client_of: ClientOf, scene: dict[str, int]
    ) -> None:
        seller, manager = client_of(scene["seller"]), client_of(scene["manager"])
        page = seller.get(opened(seller, scene)).text
        assert "Protocolo 2026-" in page
        record = manager.get(f"/clientes/{scene['customer']}").text
        assert "Pedido de cancelamento 2026-" in record
        assert "10/07/2026 15:00" in record

    def test_begins_and_stays_on_the_customers_record(
        self, client_of: ClientOf, scene: dict[str, int], transaction: Transaction
    ) -> None:
        seller, record = client_of(scene["seller"]), f"/clientes/{scene['customer']}"
        assert f'href="{record}/cancelamento"' in seller.get(record).text
        form = f"/contratos/{scene['contract']}/cancelamento"
        assert location(seller.get(f"{record}/cancelamento")) == form  # its one contract
        for page in (seller.get(form).text, seller.get(opened(seller, scene)).text):
            assert f'href="{record}/faturas"' in page
            assert f'href="{record}/movimentacoes"' in page
        with transaction() as session:
            foreign = make_house(session).customer.id
        assert seller.get(f"/clientes/{foreign}/cancelamento").status_code == 404

    @pytest.mark.deep
    def test_says_what_is_missing_at_its_field_and_keeps_what_was_typed(
        self, client_of: ClientOf, scene: dict[str, int]
    ) -> None:
        seller = client_of(scene["seller"])
        address = f"/contratos/{scene['contract']}/cancelamento"
        seller.get(address)
        answer = seller.submit(address, {"reason": "support", "words": "  "})
        assert answer.status_code == 422
        assert "Escreva o que o cliente disse." in answer.text
        assert '<option selected value="support">' in answer.text

    def test_a_second_time_leads_to_the_first(self, client_of: ClientOf, scene: dict[str, int]) -> None:
        seller = client_of(scene["seller"])
        first = opened(seller, scene)
        assert location(seller.get(f"/contratos/{scene['contract']}/cancelamento")) == first
        seller.get(first)
        again = seller.submit(
            f"/contratos/{scene['contract']}/cancelamento", {"reason": "other", "words": "De novo."}
        )
        assert location(again) == first
        assert "Já existe um pedido de cancelamento deste contrato" in seller.get(first).text


class TestDeciding:
    @pytest.mark.deep
    def test_explains_the_settlement_and_carries_it_out(
        self, client_of: ClientOf, scene: dict[str, int], transaction: Transaction
    ) -> None:
        seller = client_of(scene["seller"])
        address = opened(seller, scene)
        page = seller.get(address).text
        assert "o serviço funciona até 31/07/2026 e depois o cliente fica inativo" in page
        assert "Nada é devolvido: o período pago é usado até o fim." in page
        seen = page.split('name="seen" value="')[1].split('"')[0]
        answer = seller.submit(f"{address}/confirmar", {"seen": seen, "words": "Não quis ficar."})
        assert location(answer) == address
        assert "O serviço funciona até 31/07/2026." in seller.get(address).text
        receipt = text_of(seller.get(f"{address}/comprovante.pdf").data)
        assert "CANCELADO" in receipt
        with transaction() as session:
            case = case_of(session)
            assert (case.state, case.last_day) == (CaseState.CANCELED, date(2026, 7, 31))
            assert case.protocol in receipt

    def test_without_words_changes_nothing(
        self, client_of: ClientOf, scene: dict[str, int], transaction: Transaction
    ) -> None:
        seller = client_of(scene["seller"])
        address = opened(seller, scene)
        seller.get(address)
        answer = seller.submit(f"{address}/confirmar", {"seen": "", "words": ""})
        assert answer.status_code == 422
        assert "Escreva o que foi dito." in answer.text
        with transaction() as session:
            assert case_of(session).state is CaseState.OPEN

    @pytest.mark.deep
    def test_of_a_settlement_that_changed_shows_the_new_one_first(
        self, client_of: ClientOf, scene: dict[str, int]
    ) -> None:
        seller = client_of(scene["seller"])
        address = opened(seller, scene)
        seller.get(address)
        answer = seller.submit(f"{address}/confirmar", {"seen": "2026-07-30|0|", "words": "Saiu."})
        assert answer.status_code == 409
        assert "O acerto mudou enquanto esta página estava aberta" in answer.text
        assert "Saiu." in answer.text

    def test_may_end_with_the_customer_staying(self, client_of: ClientOf, scene: dict[str, int]) -> None:
        seller = client_of(scene["seller"])
        address = opened(seller, scene)
        seller.get(address)
        said = {"offer": "training", "answer": "accepted", "words": "Duas horas na quinta."}
        assert seller.submit(f"{address}/conversa", said).status_code == 303
        stays = {"words": "Fica.", "follow_up_on": "2026-08-10"}
        assert seller.submit(f"{address}/reter", stays).status_code == 303
        page = seller.get(address).text
        assert "Treinamento" in page
        assert "Retorno em 10/08/2026." in page
        assert seller.get(f"{address}/comprovante.pdf").status_code == 404
        numbers = seller.get("/cancelamentos/numeros").text
        assert "Treinamento" in numbers.partition("O que segura clientes")[2]


class TestTheCustomersReceipt:
    @pytest.mark.deep
    def test_opens_from_the_mail_and_by_nothing_else(
        self, client_of: ClientOf, visitor: PortalClient, scene: dict[str, int], transaction: Transaction
    ) -> None:
        seller = client_of(scene["seller"])
        address = opened(seller, scene)
        seen = seller.get(address).text.split('name="seen" value="')[1].split('"')[0]
        seller.submit(f"{address}/confirmar", {"seen": seen, "words": "Saiu."})
        with transaction() as session:
            secret = mailed_link(session, "cancellation_confirmed", case_of(session).id).secret()
        answer = visitor.get(f"/cancelamento/{secret}/comprovante.pdf")
        assert answer.mimetype == "application/pdf"
        assert visitor.get(f"/cancelamento/{secret[:-1]}x/comprovante.pdf").status_code == 404


class TestTheList:
    @pytest.mark.deep
    def test_is_found_by_protocol_and_name_and_exported(
        self, client_of: ClientOf, scene: dict[str, int], transaction: Transaction
    ) -> None:
        seller = client_of(scene["seller"])
        opened(seller, scene)
        with transaction() as session:
            protocol = case_of(session).protocol
        assert protocol in seller.get(f"/cancelamentos?busca={protocol}").text
        assert "Nenhum pedido assim" in seller.get("/cancelamentos?busca=2026-999999").text
        rows = list(
            csv.reader(io.StringIO(seller.get("/cancelamentos.csv").text.lstrip("\ufeff")), delimiter=";")
        )
        assert rows[1][0] == protocol
        assert rows[1][5:8] == ["Preço", "Ficou caro.", "Em atendimento"]


class TestStayingAfterAll:
    def test_is_a_form_of_the_canceled_case(
        self, client_of: ClientOf, scene: dict[str, int], transaction: Transaction
    ) -> None:
        seller = client_of(scene["seller"])
        address = opened(seller, scene)
        seen = seller.get(address).text.partition('name="seen" value="')[2].partition('"')[0]
        seller.submit(f"{address}/confirmar", {"words": "Saiu.", "seen": seen})
        assert "Voltar atrás" in seller.get(address).text
        assert seller.submit(f"{address}/desfazer", {"words": ""}).status_code == 422
        seller.submit(f"{address}/desfazer", {"words": "Repensou."})
        page = seller.get(address).text
        assert "Desfeito" in page
        assert "Repensou." in page


class TestNumbers:
    def test_count_who_left_by_month_plan_partner_and_cohort(
        self, client_of: ClientOf, scene: dict[str, int]
    ) -> None:
        seller = client_of(scene["seller"])
        address = opened(seller, scene)
        page = seller.get(address).text
        seller.submit(
            f"{address}/conversa", {"offer": "training", "answer": "declined", "words": "Não quis."}
        )
        seen = page.partition('name="seen" value="')[2].partition('"')[0]
        seller.submit(f"{address}/confirmar", {"words": "Saiu.", "seen": seen})
        page = seller.get("/cancelamentos/numeros").text
        assert "Cancelados por mês" in page
        assert "Treinamento" in page
        rows = {
            by: list(
                csv.reader(io.StringIO(read(seller, f"/cancelamentos/numeros.csv?por={by}")), delimiter=";")
            )
            for by in ("mes", "plano", "parceiro", "safra", "motivo", "oferta")
        }
        assert rows["motivo"] == [["Motivo", "Ficaram", "Saíram"], ["Preço", "0", "1"]]
        assert rows["oferta"][1:] == [["Treinamento", "1", "0", "0"]]
        assert rows["mes"][-1] == ["jul/2026", "1", "1", "100,00", "199,90"]
        assert rows["plano"][1:] == [["Hiper Gestão", "1", "1", "100,00", "199,90"]]
        assert rows["safra"][1:] == [["jun/2026", "1", "1", "100,00", "199,90"]]
        assert rows["parceiro"][1][1:] == ["1", "1", "100,00", "199,90"]


class TestWinningBack:
    def test_lists_who_left_and_plans_to_talk_again(
        self, client_of: ClientOf, scene: dict[str, int], transaction: Transaction
    ) -> None:
        seller = client_of(scene["seller"])
        address = opened(seller, scene)
        seen = seller.get(address).text.partition('name="seen" value="')[2].partition('"')[0]
        seller.submit(f"{address}/confirmar", {"words": "Saiu.", "seen": seen})
        assert "Ninguém para reconquistar" in seller.get("/cancelamentos/reconquista").text
        with time_machine.travel(at_sao_paulo(date(2026, 8, 3), 9)):
            with transaction() as session:
                end_contracts(session, now=at_sao_paulo(date(2026, 8, 1), 1))
            seller = client_of(scene["seller"])
            page = seller.get("/cancelamentos/reconquista").text
            assert "31/07/2026" in page
            seller.submit(f"{address}/retorno", {"return_on": "2026-09-01"})
            assert "01/09/2026" in seller.get("/cancelamentos/reconquista").text
            assert "Pão Quente" in read(seller, "/cancelamentos/reconquista.csv") or "Padaria" in read(
                seller, "/cancelamentos/reconquista.csv"
            )
            seller.submit(f"{address}/retorno", {"return_on": "2026-08-01"})
            assert "Escolha um dia depois de hoje" in seller.get("/cancelamentos/reconquista").text


def read(client: PortalClient, address: str) -> str:
    return str(client.get(address).data, "utf-8-sig")
