"""Previsão: the page of a portfolio, of a partner and of a contract, and their files."""

import csv
import io
from datetime import date

import pytest
import time_machine

from portal.contracts.rules.states import ContractState
from portal.invoices.operations.issuing import issue_installment
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf

FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
SIXTH_OF_JULY = at_sao_paulo(date(2026, 7, 6), 12)


@pytest.fixture
def house(transaction: Transaction) -> House:
    """A bakery pays R$ 199,90 a month since 01/06, July's payment is invoiced; a rival has one too."""
    with transaction() as session:
        session.expire_on_commit = False
        house = make_house(session)
        contract = make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        issue_installment(session, contract=contract, number=2, now=at_sao_paulo(date(2026, 7, 5), 6))
        make_contract(session, make_house(session), state=ContractState.ACTIVE, now=FIRST_OF_JUNE)
        return house


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


class TestTheForecast:
    @pytest.mark.deep
    def test_of_a_partners_people_has_their_customers_with_the_repasse_beside(
        self, house: House, client_of: ClientOf
    ) -> None:
        with time_machine.travel(SIXTH_OF_JULY, tick=False):
            browser = client_of(house.seller.user_id)
            page, file = browser.get("/previsao").text, rows_of(browser.get("/previsao.csv").text)
        assert file[0] == ["Mês", "Já faturado", "A faturar", "Total", "Repasse do que falta faturar"]
        assert file[1] == ["jul/2026", "199,90", "0,00", "199,90", "0,00"]
        assert file[2] == ["ago/2026", "0,00", "199,90", "199,90", "101,43"]
        assert file[12] == ["jun/2027", "0,00", "199,90", "199,90", "101,43"]
        assert len(file) == 13
        for amount in (
            "R$\xa02.198,90",
            "R$\xa02.398,80",
            "R$\xa01.115,73",
        ):  # 11 × 199,90; 12 ×; 11 × 101,43
            assert amount in page
        assert "Parceiro</label>" not in page
        assert "ago: R$\xa0199,90" in page

    @pytest.mark.deep
    def test_of_the_vendor_has_all_and_is_narrowed_to_a_partner(
        self, house: House, client_of: ClientOf
    ) -> None:
        with time_machine.travel(SIXTH_OF_JULY, tick=False):
            browser = client_of(house.admin.user_id)
            whole = rows_of(browser.get("/previsao.csv").text)
            one = rows_of(browser.get(f"/previsao.csv?parceiro={house.partner.document}").text)
            page = browser.get(f"/previsao?parceiro={house.partner.document}").text
            unknown = rows_of(browser.get("/previsao.csv?parceiro=nada").text)
        assert whole[2] == ["ago/2026", "0,00", "399,80", "399,80", "202,86"]
        assert whole[1] == ["jul/2026", "199,90", "199,90", "399,80", "101,43"]
        assert one[2] == ["ago/2026", "0,00", "199,90", "199,90", "101,43"]
        assert {row[3] for row in unknown[1:]} == {"0,00"}
        assert f'<option value="{house.partner.document}" selected>' in page

    @pytest.mark.deep
    def test_of_a_contract_opens_from_its_page(self, house: House, client_of: ClientOf) -> None:
        with time_machine.travel(SIXTH_OF_JULY, tick=False):
            browser = client_of(house.seller.user_id)
            contract = browser.get(f"/clientes/{house.customer.id}/contratacoes").text
            address = contract.partition('href="/contratos/')[2].partition('"')[0]
            page = browser.get(f"/contratos/{address}").text
            assert f'href="/contratos/{address}/previsao"' in page
            file = rows_of(browser.get(f"/contratos/{address}/previsao.csv").text)
            assert "Previsão do contrato" in browser.get(f"/contratos/{address}/previsao").text
        assert file[1] == ["jul/2026", "199,90", "0,00", "199,90", "0,00"]
        assert file[2] == ["ago/2026", "0,00", "199,90", "199,90", "101,43"]

    def test_says_when_nothing_comes(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            seller = make_house(session).seller.user_id
        assert "Nada a faturar nos próximos 12 meses." in client_of(seller).get("/previsao").text

    @pytest.mark.deep
    def test_shows_no_repasse_to_who_does_not_see_it(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            support = make_user(session, role=Role.SUPPORT, name="Sônia Apoio").id
        with time_machine.travel(SIXTH_OF_JULY, tick=False):
            browser = client_of(support)
            page, file = browser.get("/previsao").text, rows_of(browser.get("/previsao.csv").text)
        assert house.partner.trade_name in page
        assert "Repasse" not in page.partition("<main")[2]
        assert file[0] == ["Mês", "Já faturado", "A faturar", "Total"]
