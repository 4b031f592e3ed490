"""Repasses: by month, customer and line, for the partner and for the vendor's people."""

import csv
import io
from datetime import date

import pytest
from sqlalchemy.orm import Session

from portal.contracts.rules.states import ContractState
from portal.partners.queries.searching import MOST_OFFERED
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from tests.factories.contracts import make_contract
from tests.factories.partners import make_partner
from tests.factories.quotes import House, make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf
from tests.support.remembered import remembered

JUNE, JULY = at_sao_paulo(date(2026, 6, 10), 12), at_sao_paulo(date(2026, 7, 10), 12)


@remembered
def paid_in_june_and_july(session: Session, **customer: str) -> House:
    house = make_house(session, **customer)
    for number, now in enumerate((JUNE, JULY)):
        make_contract(session, house, state=ContractState.ACTIVE, now=now, setup=number == 1)
    return house


@pytest.fixture
def house(transaction: Transaction) -> House:
    with transaction() as session:
        session.expire_on_commit = False
        return paid_in_june_and_july(session)


class TestThePartnersRepasse:
    @pytest.mark.deep
    def test_begins_with_the_newest_month_and_its_sum(self, house: House, client_of: ClientOf) -> None:
        page = client_of(house.seller.user_id).get("/repasses").text
        # 101.43 of the fee and 456.97 of the setup fee.
        for words in ("julho de 2026", "Hiper Gestão", "Implantação", "R$\xa0558,40", "R$\xa0456,97"):
            assert words in page

    @pytest.mark.deep
    def test_shows_another_month_or_all(self, house: House, client_of: ClientOf) -> None:
        client = client_of(house.seller.user_id)
        june = client.get("/repasses?mes=2026-06").text
        assert "R$\xa0101,43" in june
        assert "Implantação" not in june
        assert "R$\xa0659,83" in client.get("/repasses?mes=").text

    @pytest.mark.deep
    def test_finds_a_customer(self, house: House, client_of: ClientOf) -> None:
        client = client_of(house.seller.user_id)
        assert "Nenhum repasse assim" in client.get("/repasses?busca=oficina").text
        assert "Hiper Gestão" in client.get("/repasses?busca=pao+quente").text

    def test_is_its_own_alone(self, house: House, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            other = make_house(session)
        page = client_of(other.seller.user_id).get("/repasses").text
        assert "Nenhum repasse ainda" in page
        assert "Pão Quente" not in page

    def test_goes_to_a_spreadsheet(self, house: House, client_of: ClientOf) -> None:
        answer = client_of(house.seller.user_id).get("/repasses.csv?mes=2026-07")
        rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
        assert [(row["Item"], row["Pago pelo cliente"], row["Repasse"]) for row in rows] == [
            ("Hiper Gestão", "199,90", "101,43"),
            ("Implantação", "490,00", "456,97"),
        ]

    def test_of_an_address_nobody_made_is_empty_not_a_fault(self, house: House, client_of: ClientOf) -> None:
        client = client_of(house.seller.user_id)
        assert client.get("/repasses?mes=junho&parceiro=x&pagina=-1&ordem=nada").status_code == 200


class TestTheVendorsView:
    @pytest.mark.deep
    def test_holds_all_partners_and_narrows_to_one(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            other = paid_in_june_and_july(session, name="Mercado Azul Ltda", trade_name="Mercado Azul")
            other.partner.trade_name = "Norte Sistemas"
            finance, support = (
                make_user(session, role=Role.FINANCE).id,
                make_user(session, role=Role.SUPPORT).id,
            )
            other.partner.name = "Norte Sistemas Ltda"
        both = client_of(finance).get("/repasses").text
        assert "Pão Quente" in both
        assert "Mercado Azul" in both
        one = client_of(finance).get("/repasses?mes=2026-07&parceiro=norte+sis").text
        assert "Pão Quente" not in one
        assert "Norte Sistemas" in one
        assert "1 cliente" in one
        assert 'value="norte sis"' in one  # as it was typed, though there are few to choose from
        of_both = client_of(finance).get("/repasses?mes=2026-07&parceiro=sistemas").text
        assert "Pão Quente" in of_both
        assert "dos parceiros encontrados" in of_both
        assert client_of(support).get("/repasses").status_code == 403

    @pytest.mark.deep
    def test_lets_a_partner_be_chosen_and_named_where_there_are_too_many(
        self, house: House, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            paid_in_june_and_july(session, name="Mercado Azul Ltda", trade_name="Mercado Azul")
            finance_id = make_user(session, role=Role.FINANCE).id
        finance = client_of(finance_id)
        chosen = f'<option value="{house.partner.document}" selected>{house.partner.trade_name}</option>'
        assert chosen in finance.get(f"/repasses?parceiro={house.partner.document}").text
        with transaction() as session:
            ana = make_user(session, role=Role.ACCOUNT_MANAGER)
            for number in range(MOST_OFFERED):
                make_partner(session, trade_name=f"Revenda {number}", account_manager=ana)
        page = finance.get(f"/repasses?parceiro={house.partner.document}").text
        assert 'placeholder="Nome ou CNPJ"' in page
        assert "Revenda 1" not in page
        assert "Pão Quente" in page
        assert "Mercado Azul" not in page
