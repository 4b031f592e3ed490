"""The home page of each role, as people open it."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask

from portal.quotes.operations.answering import accept_quote
from portal.shared.auth import Role
from tests.factories.payments import pay
from tests.factories.quotes import NOON, approved, draft, make_house, pending, sent
from tests.factories.users import actor_of, make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf
from tests.support.quote_builder import text_of
from tests.support.statements import statements

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class People:
    """The ids of those who open a home page, and of two quotes."""

    seller: int
    colleague: int
    leader: int
    rival: int
    manager: int
    rival_manager: int
    admin: int
    finance: int
    support: int
    approved_quote: int
    old_draft: int


@pytest.fixture
def people(transaction: Transaction) -> People:
    """Sul Sistemas has an approved quote, an old draft, one accepted and a request from yesterday."""
    with transaction() as session:
        house, rival = make_house(session), make_house(session, name="Segredo do Rival", trade_name="")
        colleague = make_user(session, partner_id=house.partner.id, name="Clara Melo")
        leader = make_user(session, role=Role.PARTNER_ADMIN, partner_id=house.partner.id, name="Paulo")
        finance, support = (make_user(session, role=role) for role in (Role.FINANCE, Role.SUPPORT))
        ready = approved(session, house, now=NOON - 3 * HOUR)
        old = draft(session, house, now=NOON - 3 * DAY)
        pending(session, house, now=NOON - 30 * HOUR)
        quote, token = sent(session, house, now=NOON - 4 * DAY)
        accept_quote(session, token=token, quote_id=quote.id, now=NOON - 3 * DAY)
        draft(session, rival, now=NOON - 3 * DAY)
        return People(
            seller=house.seller.user_id,
            colleague=actor_of(colleague).user_id,
            leader=leader.id,
            rival=rival.seller.user_id,
            manager=house.manager.user_id,
            rival_manager=rival.manager.user_id,
            admin=house.admin.user_id,
            finance=finance.id,
            support=support.id,
            approved_quote=ready.id,
            old_draft=old.id,
        )


class TestAResellersHome:
    @pytest.mark.deep
    def test_begins_with_what_needs_him_each_with_one_link(self, people: People, client_of: ClientOf) -> None:
        page = client_of(people.seller).get("/").text
        assert page.index("O que precisa de você hoje") < page.index("Seus orçamentos")
        assert page.index("Seus orçamentos") < page.index("Repasse previsto por mês")
        assert "Aprovado há 3 horas e ainda não enviado." in page
        assert page.count(f'href="/orcamentos/{people.approved_quote}"') == 1
        assert page.count(f'href="/orcamentos/{people.old_draft}/editar"') == 1
        assert "Segredo do Rival" not in page

    @pytest.mark.deep
    def test_links_each_figure_to_the_list_it_counts(self, people: People, client_of: ClientOf) -> None:
        client = client_of(people.seller)
        address = f"/orcamentos?estado=draft&amp;responsavel={people.seller}"
        assert address in client.get("/").text
        assert "1 orçamento" in client.get(address.replace("&amp;", "&")).text

    def test_shows_a_seller_his_own_and_the_leader_the_whole_team(
        self, people: People, client_of: ClientOf
    ) -> None:
        assert "Nada espera por você" in client_of(people.colleague).get("/").text
        assert "ainda não enviado" in client_of(people.colleague).get("/?orcamentos=todos").text
        leader = client_of(people.leader)
        assert "ainda não enviado" in leader.get("/").text
        assert "Nada espera por você" in leader.get("/?orcamentos=meus").text

    @pytest.mark.deep
    def test_shows_ten_until_all_are_asked_for(
        self, people: People, client_of: ClientOf, transaction: Transaction
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            for _ in range(12):
                draft(session, house, now=NOON - 3 * DAY)
            seller = house.seller.user_id
        client = client_of(seller)
        assert client.get("/").text.count("Concluir o rascunho") == 10
        assert client.get("/?pendencias=todas").text.count("Concluir o rascunho") == 12

    @pytest.mark.deep
    def test_tells_the_repasse_of_the_months_in_a_chart_and_a_table(
        self, people: People, client_of: ClientOf
    ) -> None:
        page = client_of(people.seller).get("/").text.replace("\N{NO-BREAK SPACE}", " ")
        assert "<desc" in page
        assert "jul: R$ 101,43" in page
        assert "R$ 1.217,16" in page  # twelve months of 101,43
        assert "100,00 %" in page

    @pytest.mark.deep
    def test_is_answered_whatever_the_address_says(self, people: People, client_of: ClientOf) -> None:
        client = client_of(people.seller)
        for query in ("?orcamentos=x", "?pendencias=%00", "?periodo=-1&pagina=9999999999"):
            assert client.get(f"/{query}").status_code == 200, query


class TestAnAccountManagersHome:
    @pytest.mark.deep
    def test_counts_requests_by_business_days_the_oldest_first(
        self, people: People, client_of: ClientOf
    ) -> None:
        page = client_of(people.manager).get("/").text
        assert "Bruno Lima, Sul Sistemas, pede 19,96\N{NO-BREAK SPACE}% de desconto." in page
        ages = [part.split("<")[0] for part in page.split('<span class="stat-value">')[1:4]]
        assert ages == ["0", "1", "0"]
        assert "/aprovacoes#pedido-" in page

    @pytest.mark.deep
    def test_tells_what_his_partners_did(self, people: People, client_of: ClientOf) -> None:
        page = client_of(people.manager).get("/").text
        row = page.partition('<td class="cell-title"><a class="row-title"')[2].partition("</tr>")[0]
        numbers = [part.partition(">")[2].partition("<")[0] for part in row.split('class="number"')[1:6]]
        assert numbers == ["4", "1", "1", "100,00\N{NO-BREAK SPACE}%", "0,00\N{NO-BREAK SPACE}%"]
        assert page.count('class="row-title"') == 1

    @pytest.mark.deep
    def test_shows_nothing_of_partners_of_others(self, people: People, client_of: ClientOf) -> None:
        page = client_of(people.rival_manager).get("/").text
        assert "Nenhum pedido espera por você" in page
        assert "Pão Quente" not in page

    def test_knows_no_jobs(self, people: People, client_of: ClientOf) -> None:
        assert "Rotinas" not in client_of(people.manager).get("/").text


class TestAnAdministratorsHome:
    @pytest.mark.deep
    def test_shows_all_partners_jobs_and_mail(self, people: People, client_of: ClientOf) -> None:
        page = client_of(people.admin).get("/").text
        assert page.count('class="row-title"') == 2
        assert "Validade dos orçamentos" in page
        assert "E-mails na fila" in page
        assert "A fila está parada." in page  # no worker runs in this test


class TestTheHomeOfFinanceAndSupport:
    def test_finds_customers_and_tells_the_newest_happenings(
        self, people: People, client_of: ClientOf
    ) -> None:
        for person in (people.finance, people.support):
            page = client_of(person).get("/").text
            assert 'action="/clientes"' in page
            assert "Segredo do Rival" in page
            assert "aceitou o orçamento" in page


class TestTheHomeOfFinance:
    @pytest.mark.deep
    def test_begins_with_the_money_that_waits(
        self, people: People, client_of: ClientOf, transaction: Transaction
    ) -> None:
        assert "Nada espera por você" in client_of(people.finance).get("/").text
        with transaction() as session:
            for number in range(2):
                pay(session, invoice_id=None, external_id=f"E{number}")
        page = text_of(client_of(people.finance).get("/").text)
        assert "2 pagamentos não encontraram a sua fatura Dar destino" in page
        assert "Dar destino" not in client_of(people.support).get("/").text


class TestTheStatementsOfAHome:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("role", "budget"),
        [("seller", 7), ("leader", 7), ("manager", 6), ("admin", 12), ("finance", 8), ("support", 4)],
    )
    def test_are_few_and_do_not_grow(
        self,
        app: Flask,
        people: People,
        client_of: ClientOf,
        transaction: Transaction,
        role: str,
        budget: int,
    ) -> None:
        client = client_of(getattr(people, role))
        with statements(app) as before:
            client.get("/")
        with transaction() as session:
            for _ in range(3):
                house = make_house(session)
                approved(session, house)
                pending(session, house)
                sent(session, house, now=NOON - DAY)
        with statements(app) as after:
            client.get("/")
        assert len(before) <= budget
        assert len(after) <= budget
