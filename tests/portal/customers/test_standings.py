"""What customers have: in the list, on the record's top, in the file; and who reads of money."""

import csv
import io
from dataclasses import dataclass, replace

import pytest
import time_machine
from sqlalchemy.orm import Session

from portal.contracts.operations.canceling import cancel_contract
from portal.contracts.rules.states import ContractState
from portal.shared.auth import Actor, Role
from tests.factories.contracts import make_contract
from tests.factories.customers import make_customer
from tests.factories.quotes import NOON, make_house
from tests.factories.users import actor_of, make_user
from tests.portal.customers.conftest import SignIn
from tests.support.application import Transaction
from tests.support.remembered import remembered

COST, REPASSE = "R$\xa085,00", "Repasse R$\xa0101,43"


@dataclass(frozen=True)
class Town:
    """Who sells, and to which bakery."""

    seller: Actor
    bakery: int


@remembered
def make_three(session: Session) -> Town:
    """Pão Quente has Hiper Gestão until 31/07/2026, Banca do Zé gave up its contract, Zebra has nothing."""
    house = make_house(session)
    make_contract(session, house, state=ContractState.ACTIVE, on=NOON.date())
    partner_id = house.partner.id
    kiosk = make_customer(session, partner_id=partner_id, name="Banca do Zé", document="11144477735")
    contract = make_contract(session, replace(house, customer=kiosk))
    cancel_contract(session, contract=contract, reason="Desistiu", actor=house.seller, now=NOON)
    make_customer(session, partner_id=partner_id, name="Zebra Móveis", document="52998224725")
    return Town(seller=house.seller, bakery=house.customer.id)


@pytest.fixture
def town(transaction: Transaction, noon: time_machine.Traveller) -> Town:  # noqa: ARG001
    with transaction() as session:
        return make_three(session)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


class TestTheList:
    @pytest.mark.deep
    def test_shows_what_each_customer_has(self, town: Town, sign_in: SignIn) -> None:
        page = sign_in(town.seller).get("/clientes").text
        table = page.partition("<tbody>")[2].partition("</tbody>")[0]
        kiosk, bakery, zebra = table.split("<tr>")[1:]
        for words in ("Padaria Pão Quente", "Ativo", "Hiper Gestão", "31/07/2026", COST, REPASSE):
            assert words in bakery
        assert "Contrato cancelado" in kiosk
        assert "Aceito" not in table
        assert "Sem contratação" in zebra
        assert "R$" not in kiosk + zebra

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("situacao=active", ["Padaria Pão Quente Ltda"]),
            ("situacao=canceled", ["Banca do Zé"]),
            ("situacao=new", ["Zebra Móveis"]),
            ("situacao=accepted", []),
            ("plano=gestao", ["Padaria Pão Quente Ltda"]),
            ("plano=mini", []),
            ("de=2026-07-31&ate=2026-07-31", ["Padaria Pão Quente Ltda"]),
            ("de=2026-08-01", []),
            ("ate=2026-07-30", []),
            ("plano=gestao&situacao=active&de=2026-01-01&busca=padaria", ["Padaria Pão Quente Ltda"]),
            ("ordem=-liberado", ["Padaria Pão Quente Ltda", "Zebra Móveis", "Banca do Zé"]),
            ("ordem=-custo", ["Padaria Pão Quente Ltda", "Zebra Móveis", "Banca do Zé"]),
            ("ordem=-repasse", ["Padaria Pão Quente Ltda", "Zebra Móveis", "Banca do Zé"]),
            ("ordem=-plano", ["Padaria Pão Quente Ltda", "Zebra Móveis", "Banca do Zé"]),
            ("ordem=situacao", ["Padaria Pão Quente Ltda", "Banca do Zé", "Zebra Móveis"]),
            ("ordem=-situacao", ["Zebra Móveis", "Banca do Zé", "Padaria Pão Quente Ltda"]),
            ("custo_de=85,00&custo_ate=85", ["Padaria Pão Quente Ltda"]),
            ("custo_de=85,01", []),
            ("custo_ate=84,99", []),
            ("repasse_de=101,43&repasse_ate=101,43", ["Padaria Pão Quente Ltda"]),
            ("repasse_de=101,44", []),
            ("repasse_ate=101,42&custo_de=1", []),
            ("custo_de=muito&repasse_ate=1.234&ordem=x", None),
            ("situacao=nada&de=ontem&ordem=custo&ordem=x", None),
        ],
    )
    def test_and_its_file_are_narrowed_and_sorted_alike(
        self, town: Town, sign_in: SignIn, asked: str, found: list[str] | None
    ) -> None:
        browser = sign_in(town.seller)
        rows = rows_of(browser.get(f"/clientes/exportar.csv?{asked}").text)
        names = [row["Razão social ou nome"] for row in rows]
        page = browser.get(f"/clientes?{asked}").text
        if found is None:
            assert len(names) == 3
            return
        assert names == found
        places = [page.index(f">{name}</a>") for name in found]
        assert places == sorted(places)
        assert page.count('class="row-title"') == len(found)

    def test_keeps_what_was_typed_as_an_amount(self, town: Town, sign_in: SignIn) -> None:
        page = sign_in(town.seller).get("/clientes?custo_de=85,00&repasse_ate=muito").text
        assert 'name="custo_de" value="85,00"' in page
        assert 'name="repasse_ate" value="muito"' in page

    @pytest.mark.deep
    def test_offers_its_filters_by_name(self, town: Town, sign_in: SignIn) -> None:
        page = sign_in(town.seller).get("/clientes").text
        for label in ("Situação", "Plano", "Liberado de", "Contrato cancelado", "Hiper Mini"):
            assert label in page


class TestTheFile:
    def test_holds_what_each_customer_has(self, town: Town, sign_in: SignIn) -> None:
        kiosk, bakery, _zebra = rows_of(sign_in(town.seller).get("/clientes/exportar.csv").text)
        assert (bakery["Situação"], bakery["Plano"]) == ("Ativo", "Hiper Gestão")
        assert bakery["Liberado até"] == "31/07/2026"
        assert (bakery["Mensalidade paga pelo Hiperador"], bakery["Repasse"]) == ("85,00", "101,43")
        assert (kiosk["Situação"], kiosk["Plano"], kiosk["Repasse"]) == ("Contrato cancelado", "", "")


class TestTheRecord:
    @pytest.mark.deep
    def test_shows_it_on_top_of_every_tab(self, town: Town, sign_in: SignIn) -> None:
        browser, path = sign_in(town.seller), f"/clientes/{town.bakery}"
        for tab in ("", "/contratacoes", "/documentos", "/faturas", "/movimentacoes"):
            top = browser.get(path + tab).text.partition("Partes da ficha")[0]
            for words in ("Ativo", "Liberado até 31/07/2026", "Hiper Gestão", COST, REPASSE):
                assert words in top, (tab, words)


class TestWhoSeesNoRepasse:
    @pytest.mark.deep
    def test_reads_of_no_amount(self, town: Town, sign_in: SignIn, transaction: Transaction) -> None:
        with transaction() as session:
            support = actor_of(make_user(session, role=Role.SUPPORT, name="Sônia Apoio"))
        browser = sign_in(support)
        pages = [
            browser.get(path).text.partition("Partes da ficha")[0]
            for path in (
                "/clientes?ordem=custo",
                "/clientes?custo_ate=1,00&repasse_ate=1,00",
                f"/clientes/{town.bakery}",
                "/clientes/exportar.csv",
            )
        ]
        for page in pages:
            assert "Hiper Gestão" in page
            assert "Hiperador" not in page
            assert "85,00" not in page
            assert "101,43" not in page
