"""Registering a customer by the form."""

from html import escape
from typing import Any

import pytest
from sqlalchemy import func, select

from portal.customers.models import Contact, Customer, Signatory
from portal.shared.audit import LogEntry
from tests.factories.customers import ALPHANUMERIC_CNPJ, MARIA_CPF, make_customer
from tests.portal.customers.conftest import House, SignIn
from tests.support.application import Transaction
from tests.support.clients import location

BAKERY = {
    "document": "12.abc.345/01de-35",
    "name": "  Padaria  Pão Quente Ltda ",
    "trade_name": "Pão Quente",
    "email": "Contato@PaoQuente.com.br",
    "phone": "+55 (47) 3433-1234",
    "postal_code": "89201-123",
    "street": "Rua das Palmeiras",
    "street_number": "120",
    "district": "Centro",
    "city": "Joinville",
    "state": "SC",
    "signatory-name": "Maria da Silva",
    "signatory-cpf": "529.982.247-25",
    "signatory-email": "maria@paoquente.com.br",
    "contacts-0-name": "João Alves",
    "contacts-0-phone": "47 99999-1234",
}


class TestRegisteringACustomer:
    def test_keeps_everything_typed_without_punctuation(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        browser = sign_in(house.seller)
        browser.get("/clientes/novo")
        response = browser.submit("/clientes/novo", BAKERY)
        assert response.status_code == 303, response.text
        with transaction() as session:
            customer = session.scalars(select(Customer)).one()
            assert location(response) == f"/clientes/{customer.id}"
            assert customer.partner_id == house.partner_id
            assert (customer.document, customer.name) == (ALPHANUMERIC_CNPJ, "Padaria Pão Quente Ltda")
            assert (customer.email, customer.phone) == ("contato@paoquente.com.br", "4734331234")
            assert (customer.postal_code, customer.state) == ("89201123", "SC")
            assert session.scalars(select(Signatory.cpf)).one() == MARIA_CPF
            assert session.scalars(select(Contact.phone)).one() == "47999991234"
            assert session.scalars(select(LogEntry.summary)).all() == ["Cliente cadastrado."]

    @pytest.mark.deep
    def test_shows_the_record_with_the_words_of_the_business(self, house: House, sign_in: SignIn) -> None:
        browser = sign_in(house.seller)
        browser.get("/clientes/novo")
        page = browser.get(location(browser.submit("/clientes/novo", BAKERY))).text
        for text in (
            "Cliente cadastrado.",
            "12.ABC.345/01DE-35",
            "Contratar",
            "(47) 99999-1234",
            "89201-123",
        ):
            assert text in page

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("field", "typed", "message"),
        [
            ("document", "12.ABC.345/01DE-36", "Este CNPJ ou CPF não confere."),
            ("document", "   ", "Escreva o CNPJ ou o CPF do cliente."),
            ("name", "  ", "Escreva o nome ou a razão social."),
            ("name", "x" * 121, "Use até 120 letras."),
            ("email", "contato@", "Escreva um e-mail completo"),
            ("phone", "3433-1234", "Escreva o telefone com DDD"),
            ("postal_code", "8920-123", "O CEP tem 8 números"),
            ("state", "XX", "Escreva a UF com duas letras, por exemplo SC."),
            ("signatory-cpf", "529.982.247-24", "Este CPF não confere."),
            ("signatory-cpf", "12.ABC.345/01DE-35", "Este CPF não confere."),
            ("signatory-cpf", "", "Escreva o CPF do responsável"),
            ("signatory-email", "", "Escreva o e-mail do responsável"),
            ("trade_name", "Ganhe em http://x.example", "Escreva-o sem “://”."),
            ("name", "www.x.example", "Escreva-o sem “www.”."),
            ("signatory-name", "maria@x.example", "Escreva-o sem “@”."),
            ("contacts-0-name", "joao@x.example", "Escreva-o sem “@”."),
            ("contacts-0-name", "", "Escreva o nome do contato ou remova este contato."),
        ],
    )
    def test_names_what_is_wrong_at_the_field_and_keeps_what_was_typed(
        self, house: House, sign_in: SignIn, transaction: Transaction, field: str, typed: str, message: str
    ) -> None:
        browser = sign_in(house.seller)
        browser.get("/clientes/novo")
        response = browser.submit("/clientes/novo", BAKERY | {field: typed})
        assert response.status_code == 422
        assert message in response.text
        assert f'id="{field}-error"' in response.text
        assert "Rua das Palmeiras" in response.text
        if field not in {"state", "name"} and typed.strip():
            assert f'value="{typed}"' in response.text
        with transaction() as session:
            assert session.scalar(select(func.count(Customer.id))) == 0

    def test_needs_neither_signatory_nor_contacts(self, house: House, sign_in: SignIn) -> None:
        browser = sign_in(house.seller)
        browser.get("/clientes/novo")
        response = browser.submit(
            "/clientes/novo", {"document": "529.982.247-25", "name": "Maria", "contacts-0-name": ""}
        )
        page = browser.get(location(response)).text
        assert "Falta o responsável: é ele quem assina o contrato." in page
        assert "Nenhum contato cadastrado." in page

    @pytest.mark.parametrize(
        "hostile",
        ["<script>alert(1)</script>", "{{ 7 * 7 }}", "'; DROP TABLE customers; --", "a\x00b", "\u202eabc"],
    )
    def test_shows_hostile_text_as_text(self, house: House, sign_in: SignIn, hostile: str) -> None:
        browser = sign_in(house.seller)
        browser.get("/clientes/novo")
        texts = ("name", "trade_name", "street", "city", "notes", "signatory-name", "contacts-0-name")
        response = browser.submit("/clientes/novo", BAKERY | dict.fromkeys(texts, hostile))
        assert response.status_code == 303
        page = browser.get(location(response)).text
        assert "<script>alert" not in page
        if hostile.isprintable():
            assert escape(hostile).replace("&#x27;", "&#39;") in page


class TestTheContactsOfTheForm:
    def test_grow_by_one_without_losing_what_was_typed(self, house: House, sign_in: SignIn) -> None:
        browser = sign_in(house.seller)
        browser.get("/clientes/novo")
        page = browser.submit("/clientes/novo", BAKERY | {"add_contact": "1"}).text
        assert 'name="contacts-1-name"' in page
        assert 'value="João Alves"' in page
        assert 'value="12.abc.345/01de-35"' in page

    def test_shrink_by_the_one_that_was_removed(self, house: House, sign_in: SignIn) -> None:
        browser = sign_in(house.seller)
        browser.get("/clientes/novo")
        two = BAKERY | {"contacts-1-name": "Rosa Klein", "remove_contact": "0"}
        page = browser.submit("/clientes/novo", two).text
        assert "João Alves" not in page
        assert 'name="contacts-0-name"' in page
        assert 'value="Rosa Klein"' in page
        assert 'name="contacts-1-name"' not in page

    def test_come_as_a_fragment_for_htmx(self, house: House, sign_in: SignIn) -> None:
        browser = sign_in(house.seller)
        browser.get("/clientes/novo")
        part = browser.ask("/clientes/novo", method="POST", data=BAKERY | {"add_contact": "1"}).text
        assert 'id="contatos"' in part
        assert "<html" not in part
        assert part.count('hx-post="/clientes/novo"') == 3  # add, remove and remove


class TestADocument:
    def register(self, house: House, sign_in: SignIn, actor: str, **data: Any) -> Any:
        browser = sign_in(getattr(house, actor))
        browser.get("/clientes/novo")
        return browser.submit("/clientes/novo", BAKERY | data)

    def test_stands_once_within_a_partner_and_leads_to_the_customer_that_has_it(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        with transaction() as session:
            known = make_customer(
                session, partner_id=house.partner_id, document=ALPHANUMERIC_CNPJ, name="Padaria Antiga"
            ).id
        response = self.register(house, sign_in, "seller")
        assert response.status_code == 422
        assert "Este CNPJ já está cadastrado: Padaria Antiga." in response.text
        assert f'href="/clientes/{known}"' in response.text
        assert "Rua das Palmeiras" in response.text

    @pytest.mark.deep
    def test_of_another_partner_is_nobody_elses_business(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_customer(session, partner_id=house.rival_partner_id, document=ALPHANUMERIC_CNPJ)
        assert self.register(house, sign_in, "seller").status_code == 303

    @pytest.mark.deep
    def test_is_registered_for_the_partner_that_support_chooses(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        refused = self.register(house, sign_in, "support")
        assert refused.status_code == 422
        assert "Escolha o parceiro." in refused.text or "Escolha uma das opções" in refused.text
        accepted = self.register(house, sign_in, "support", partner_id=str(house.rival_partner_id))
        assert accepted.status_code == 303
        with transaction() as session:
            assert session.scalars(select(Customer.partner_id)).one() == house.rival_partner_id

    def test_cannot_be_registered_for_another_partner_by_a_seller(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        self.register(house, sign_in, "seller", partner_id=str(house.rival_partner_id))
        with transaction() as session:
            assert session.scalars(select(Customer.partner_id)).one() == house.partner_id
