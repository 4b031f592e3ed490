"""The account manager's queue."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.quotes.models import Approval
from portal.quotes.operations.approval import approve_quote
from portal.quotes.rules.states import ApprovalState
from tests.factories.quotes import NOON, make_house, pending
from tests.support.application import Transaction
from tests.support.people import ClientOf


@pytest.fixture(autouse=True)
def on_the_day() -> Iterator[None]:
    with time_machine.travel(NOON + timedelta(hours=3), tick=True):
        yield


def answer_of(transaction: Transaction) -> Approval:
    with transaction() as session:
        approval = session.scalars(select(Approval)).one()
        session.expunge(approval)
        return approval


class TestTheQueue:
    @pytest.mark.deep
    def test_shows_what_a_decision_needs(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            pending(session, house, setup=True)
        page = client_of(house.manager.user_id).get("/aprovacoes").text
        # 160,00 of 199,90: 19,96 % off; cost 85,00 leaves 46,87 %; minimum 149,90; asked 3 hours ago
        for fact in (
            "Pão Quente",
            "160,00",
            "19,96",
            "46,87",
            "149,90",
            "há 3 horas",
            "Concorrente ofereceu",
        ):
            assert fact in page, fact
        assert "Último pedido deste parceiro em 180 dias" in page

    def test_names_no_repasse_where_the_partner_bills_its_customer(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            house.partner.arrangement = "hiperador"
            pending(session, house, arrangement="hiperador")
        page = client_of(house.manager.user_id).get("/aprovacoes").text
        assert "<dt>Modalidade</dt><dd>Hiperador</dd>" in page
        assert "<dt>Repasse</dt>" not in page

    def test_is_empty_in_words(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
        assert "Nada espera por você" in client_of(house.manager.user_id).get("/aprovacoes").text


class TestDeciding:
    @pytest.mark.deep
    def test_approves_without_leaving_the_queue(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            pending(session, house)
        client = client_of(house.manager.user_id)
        client.get("/aprovacoes")
        assert client.submit("/aprovacoes/1/aprovar").headers["Location"] == "/aprovacoes"
        assert "Você aprovou o orçamento de" in client.get("/aprovacoes").text
        assert answer_of(transaction).state is ApprovalState.APPROVED

    @pytest.mark.deep
    def test_a_refusal_needs_words(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            pending(session, house)
        client = client_of(house.manager.user_id)
        client.get("/aprovacoes")
        refused = client.submit("/aprovacoes/1/recusar", {"reason": "  "})
        assert refused.status_code == 422
        assert "Diga por que você recusa." in refused.text
        assert answer_of(transaction).state is ApprovalState.PENDING
        assert client.submit("/aprovacoes/1/recusar", {"reason": "Margem baixa"}).status_code == 303
        assert answer_of(transaction).reason == "Margem baixa"

    @pytest.mark.parametrize(
        ("typed", "said"),
        [
            ("149,89", "149,90"),
            ("1.2.3", "Escreva um valor em reais"),
            ("", "Escreva o valor"),
            ("155,00", "160,00"),
        ],
    )
    def test_a_counter_offer_outside_the_range_is_refused_at_the_field(
        self, transaction: Transaction, client_of: ClientOf, typed: str, said: str
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            pending(session, house)
        client = client_of(house.manager.user_id)
        client.get("/aprovacoes")
        refused = client.submit("/aprovacoes/1/contraproposta", {"counter_cents": typed, "reason": "recado"})
        assert refused.status_code == 422
        field = refused.text.split('id="counter_cents-1"')[1].split("</div>")[0]
        assert said in field
        assert "recado" in refused.text
        assert answer_of(transaction).state is ApprovalState.PENDING

    @pytest.mark.deep
    def test_a_counter_offer_reaches_the_seller(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            pending(session, house)
        client = client_of(house.manager.user_id)
        client.get("/aprovacoes")
        assert client.submit("/aprovacoes/1/contraproposta", {"counter_cents": "170,00"}).status_code == 303
        assert "170,00" in client_of(house.seller.user_id).get("/orcamentos/1").text

    @pytest.mark.deep
    def test_the_slower_of_two_is_told_who_was_faster(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            pending(session, house)
        slow = client_of(house.substitute.user_id)
        slow.get("/aprovacoes")
        with transaction() as session:
            approval = session.get_one(Approval, 1)
            approve_quote(
                session, approval=approval, actor=house.manager, now=NOON + timedelta(hours=2, minutes=59)
            )
        answer = slow.submit("/aprovacoes/1/recusar", {"reason": "tarde"})
        assert answer.status_code == 409
        assert "Ana Souza aprovou este orçamento" in answer.text
        assert answer_of(transaction).state is ApprovalState.APPROVED

    def test_is_not_for_sellers(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            pending(session, house)
        client = client_of(house.seller.user_id)
        client.get("/orcamentos")
        client.csrf_token = client.csrf_token or ""
        assert client.get("/aprovacoes").status_code == 403
