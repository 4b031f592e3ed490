"""Changing a customer, alone and against somebody else."""

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from portal.customers import operations
from portal.customers.models import Contact, Customer
from portal.customers.queries import reading as queries
from portal.customers.rules import AlreadyRegistered, ChangedMeanwhile
from portal.shared.audit import LogEntry, first_broken_position
from portal.shared.auth import Actor
from portal.shared.db import db
from tests.factories.customers import ALPHANUMERIC_CNPJ, REGISTERED_AT, customer_details, make_customer
from tests.portal.customers.conftest import House, SignIn
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.forms import form_values


def make_bakery(transaction: Transaction, house: House, **changes: object) -> int:
    with transaction() as session:
        return make_customer(session, partner_id=house.partner_id, actor=house.seller, **changes).id  # type: ignore[arg-type]


def open_form(browser: PortalClient, customer_id: int) -> dict[str, str]:
    """What the edit form would send if nothing were changed."""
    return form_values(browser.get(f"/clientes/{customer_id}/editar").text)


class TestEditingACustomer:
    def test_begins_with_what_is_registered_and_changes_nothing_by_itself(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        customer_id = make_bakery(transaction, house)
        browser = sign_in(house.seller)
        typed = open_form(browser, customer_id)
        assert typed["phone"] == "(47) 3433-1234"
        assert typed["signatory-cpf"] == "529.982.247-25"
        assert typed["contacts-0-name"] == "João Alves"
        response = browser.post(f"/clientes/{customer_id}/editar", data=typed, follow_redirects=True)
        assert "Nada mudou: o cadastro já estava assim." in response.text
        with transaction() as session:
            assert session.scalars(select(LogEntry.action)).all() == ["customer_registered"]

    @pytest.mark.deep
    def test_saves_what_was_typed_and_logs_which_fields_changed_without_their_values(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        customer_id = make_bakery(transaction, house)
        browser = sign_in(house.seller)
        typed = open_form(browser, customer_id) | {"city": "Blumenau", "signatory-name": "Marina Prado"}
        assert browser.post(f"/clientes/{customer_id}/editar", data=typed).status_code == 303
        with transaction() as session:
            entry = session.scalars(select(LogEntry).order_by(LogEntry.position.desc())).first()
            assert entry is not None
            assert entry.summary == "Cadastro alterado: cidade, responsável."
            assert (entry.actor_label, entry.customer_id) == (house.seller.name, customer_id)
            assert "Blumenau" not in str(entry.facts)
            assert first_broken_position(session, f"customer:{customer_id}") is None

    @pytest.mark.deep
    def test_removes_a_contact_that_was_taken_off_the_form(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        customer_id = make_bakery(transaction, house)
        browser = sign_in(house.seller)
        typed = {k: v for k, v in open_form(browser, customer_id).items() if not k.startswith("contacts-")}
        browser.post(f"/clientes/{customer_id}/editar", data=typed)
        with transaction() as session:
            assert session.scalars(select(Contact)).all() == []

    def test_refuses_a_document_that_another_customer_of_the_partner_has(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        make_bakery(transaction, house, document=ALPHANUMERIC_CNPJ, name="Padaria Antiga")
        customer_id = make_bakery(transaction, house)
        browser = sign_in(house.seller)
        typed = open_form(browser, customer_id) | {"document": "12.ABC.345/01DE-35"}
        response = browser.post(f"/clientes/{customer_id}/editar", data=typed)
        assert response.status_code == 422
        assert "Este CNPJ já está cadastrado: Padaria Antiga." in response.text

    @pytest.mark.deep
    def test_is_not_offered_to_the_account_manager(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        customer_id = make_bakery(transaction, house)
        browser = sign_in(house.account_manager)
        assert "Editar" not in browser.get(f"/clientes/{customer_id}").text
        assert browser.get(f"/clientes/{customer_id}/editar").status_code == 403


class TestTwoPeopleEditingOneCustomer:
    def test_shows_the_second_what_differs_and_keeps_what_was_typed(
        self, house: House, sign_in: SignIn, transaction: Transaction
    ) -> None:
        customer_id = make_bakery(transaction, house)
        first, second = sign_in(house.seller), sign_in(house.support)
        typed_first, typed_second = open_form(first, customer_id), open_form(second, customer_id)
        first.post(f"/clientes/{customer_id}/editar", data=typed_first | {"city": "Blumenau"})
        late = second.post(f"/clientes/{customer_id}/editar", data=typed_second | {"city": "Curitiba"})
        assert late.status_code == 409
        assert "Outra pessoa salvou este cadastro depois que você o abriu." in late.text
        assert "Blumenau" in late.text
        assert 'value="Curitiba"' in late.text
        with transaction() as session:
            assert session.scalars(select(Customer.city)).one() == "Blumenau"
        again = second.post(f"/clientes/{customer_id}/editar", data=form_values(late.text))
        assert again.status_code == 303
        with transaction() as session:
            assert session.scalars(select(Customer.city)).one() == "Curitiba"

    def test_lets_one_of_two_at_the_same_moment_win(
        self, app: Flask, house: House, transaction: Transaction
    ) -> None:
        customer_id = make_bakery(transaction, house)
        outcomes = at_once(
            *(
                lambda city=city: save_city(app, customer_id, house.seller, city)
                for city in ("Itajaí", "Lages")
            )
        )
        assert sorted(outcomes) == ["ChangedMeanwhile", "saved"]


class TestTwoPeopleRegisteringOneDocument:
    def test_lets_one_register_it_and_tells_the_other(
        self, app: Flask, house: House, transaction: Transaction
    ) -> None:
        outcomes = at_once(*(lambda: register(app, house) for _ in range(3)))
        assert sorted(outcomes) == ["AlreadyRegistered", "AlreadyRegistered", "saved"]
        with transaction() as session:
            assert session.scalars(select(Customer.document)).all() == [ALPHANUMERIC_CNPJ]


def at_once(*actions: object) -> list[str]:
    """What became of actions started together in threads of their own."""
    barrier, outcomes = threading.Barrier(len(actions)), []

    def run(action: object) -> None:
        barrier.wait()
        assert callable(action)
        outcomes.append(action())

    threads = [threading.Thread(target=run, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def save_city(app: Flask, customer_id: int, actor: Actor, city: str) -> str:
    with app.app_context():
        customer = queries.get_customer(db.session, customer_id, actor=actor)
        details = queries.details_of(customer)
        changed = customer_details(
            **{name: getattr(details, name) for name in details.__slots__} | {"city": city}
        )
        try:
            operations.change_customer(
                db.session, customer=customer, lock_version=1, details=changed, actor=actor, now=REGISTERED_AT
            )
            db.session.commit()
        except ChangedMeanwhile as refusal:
            db.session.rollback()
            return type(refusal).__name__
        return "saved"


def register(app: Flask, house: House) -> str:
    with app.app_context():
        try:
            make_customer(db.session, partner_id=house.partner_id, document=ALPHANUMERIC_CNPJ)
            db.session.commit()
        except AlreadyRegistered as refusal:
            db.session.rollback()
            return type(refusal).__name__
        return "saved"
