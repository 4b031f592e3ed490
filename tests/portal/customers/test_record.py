"""The customer record, and who may open it."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.customers import operations
from portal.customers.models import CustomerImport
from tests.factories import quotes
from tests.factories.customers import REGISTERED_AT, customer_details, make_customer
from tests.portal.customers.conftest import House, SignIn
from tests.support.application import Transaction


@pytest.fixture
def bakery(house: House, transaction: Transaction) -> int:
    """A customer of the partner, edited once a day for a month."""
    with transaction() as session:
        customer = make_customer(session, partner_id=house.partner_id, actor=house.seller)
        for day in range(1, 31):
            operations.change_customer(
                session,
                customer=customer,
                lock_version=customer.lock_version,
                details=customer_details(document=customer.document, street_number=str(day)),
                actor=house.seller,
                now=REGISTERED_AT + timedelta(days=day),
            )
        return customer.id


class TestTheRecord:
    @pytest.mark.deep
    def test_shows_who_it_is_and_what_happened_last(self, house: House, sign_in: SignIn, bakery: int) -> None:
        page = sign_in(house.seller).get(f"/clientes/{bakery}").text
        for text in (
            "Padaria Pão Quente Ltda",
            "Maria da Silva",
            "529.982.247-25",
            "João Alves",
            "Joinville – SC",
        ):
            assert text in page
        assert "Contratar" in page
        assert page.count("Cadastro alterado: número.") == 5
        assert "O que precisa de alguém hoje" not in page

    def test_names_what_the_registration_lacks(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        with transaction() as session:
            customer_id = make_customer(
                session, partner_id=house.partner_id, signatory=None, email="", city=""
            ).id
        page = sign_in(house.seller).get(f"/clientes/{customer_id}").text
        assert "O que precisa de alguém hoje" in page
        assert "Falta o responsável" in page
        assert "Falta um e-mail para enviar a proposta." in page
        assert "Falta completar o endereço" in page

    @pytest.mark.deep
    def test_shows_the_contratacoes_and_which_of_them_waits_for_somebody(
        self, sign_in: SignIn, transaction: Transaction
    ) -> None:
        with transaction() as session:
            town = quotes.make_house(session)
            quotes.draft(session, town)
            quotes.pending(session, town)
            customer_id = town.customer.id
        browser = sign_in(town.seller)
        record = browser.get(f"/clientes/{customer_id}").text
        assert "O que precisa de alguém hoje" in record
        assert "espera a decisão do gerente de contas." in record
        assert "Em aprovação" in record
        deals = browser.get(f"/clientes/{customer_id}/contratacoes").text
        assert deals.count("Hiper Gestão") == 2
        assert "R$\xa0160,00" in deals

    @pytest.mark.deep
    def test_offers_the_first_contratacao(self, house: House, sign_in: SignIn, bakery: int) -> None:
        page = sign_in(house.seller).get(f"/clientes/{bakery}/contratacoes").text
        assert "Nenhuma contratação ainda" in page
        assert f'href="/clientes/{bakery}/contratar"' in page

    @pytest.mark.deep
    def test_has_a_timeline_by_pages_and_kinds(self, house: House, sign_in: SignIn, bakery: int) -> None:
        browser = sign_in(house.seller)
        first = browser.get(f"/clientes/{bakery}/movimentacoes").text
        assert "31 movimentações" in first
        assert "Cliente cadastrado." not in first
        assert "Cliente cadastrado." in browser.get(f"/clientes/{bakery}/movimentacoes?pagina=2").text
        none = browser.get(f"/clientes/{bakery}/movimentacoes?tipo=orcamentos").text
        assert "Nenhuma movimentação deste tipo" in none


class TestSomebodyElsesCustomer:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/clientes/{id}"),
            ("GET", "/clientes/{id}/movimentacoes"),
            ("GET", "/clientes/{id}/contratacoes"),
            ("GET", "/clientes/{id}/editar"),
            ("POST", "/clientes/{id}/editar"),
        ],
    )
    def test_is_as_missing_as_one_that_does_not_exist(
        self, house: House, sign_in: SignIn, bakery: int, method: str, path: str
    ) -> None:
        browser = sign_in(house.rival)
        browser.get("/clientes/novo")
        answers = [
            browser.open(
                path.format(id=each),
                method=method,
                data={"csrf_token": browser.csrf_token} if method == "POST" else {},
            )
            for each in (bakery, 999_999)
        ]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert "Pão Quente" not in answers[0].text
        own, missing = (answer.text.partition("<main")[2] for answer in answers)
        assert own == missing

    @pytest.mark.deep
    def test_is_missing_for_the_manager_of_another_partner_too(
        self, house: House, sign_in: SignIn, bakery: int
    ) -> None:
        assert sign_in(house.other_manager).get(f"/clientes/{bakery}").status_code == 404
        assert sign_in(house.account_manager).get(f"/clientes/{bakery}").status_code == 200

    def test_import_is_missing_too(self, house: House, sign_in: SignIn, transaction: Transaction) -> None:
        with transaction() as session:
            import_id = operations.check_import(
                session,
                partner_id=house.partner_id,
                file_name="clientes.csv",
                rows=[],
                problems=[],
                actor=house.seller,
                now=REGISTERED_AT,
            ).id
        browser = sign_in(house.rival)
        browser.get("/clientes/importar")
        assert browser.get(f"/clientes/importar/{import_id}").status_code == 404
        assert browser.submit(f"/clientes/importar/{import_id}/carregar").status_code == 404
        with transaction() as session:
            assert session.scalars(select(CustomerImport.loaded_at)).all() == [None]
