"""What the tests' factories remember is what they would have made, and never lies upon other rows."""

from collections.abc import Callable
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.contracts.models import Contract
from portal.contracts.rules.states import ContractState
from portal.shared.audit import LogHead
from portal.shared.auth import Role
from portal.shared.db import Base, db
from portal.users.models import User
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient
from tests.support.databases import EMPTY, Database
from tests.support.remembered import remembered
from tests.support.scenes import lived

called: list[str] = []


@remembered
def make_person(session: Session, name: str) -> User:
    called.append(name)
    return make_user(session, role=Role.SUPPORT, name=name)


@pytest.fixture
def name(transaction: Transaction, database: Database, request: pytest.FixtureRequest) -> str:
    """Of somebody made in two tests before this one."""
    name = str(request.node.name)
    for _test in range(2):
        with transaction() as session:
            make_person(session, name)
        database.restore(EMPTY)
    assert called.count(name) == 2
    return name


class TestARememberedFactory:
    @pytest.mark.deep
    def test_is_called_twice_and_gives_the_same_from_then_on(
        self, transaction: Transaction, database: Database, name: str
    ) -> None:
        emails = set()
        for _test in range(3):
            with transaction() as session:
                person = make_person(session, name)
                assert (person.name, person.role) == (name, Role.SUPPORT)
                emails.add(person.email)
                person_id = person.id
            with transaction() as session:
                assert [person.email for person in session.scalars(select(User))] == [*emails]
                assert make_user(session, role=Role.SUPPORT).id == person_id + 1
            database.restore(EMPTY)
        assert len(emails) == 1
        assert called.count(name) == 2

    def test_is_called_when_something_else_was_written_before(
        self, transaction: Transaction, name: str
    ) -> None:
        with transaction() as session:
            make_user(session, role=Role.SUPPORT)
            make_person(session, name)
            assert len(session.scalars(select(User.id)).all()) == 2
        assert called.count(name) == 3

    def test_is_called_after_what_it_gave_was_taken_back(self, transaction: Transaction, name: str) -> None:
        with transaction() as session:
            make_person(session, name)
            session.rollback()
            make_person(session, name)
        assert called.count(name) == 3

    def test_is_called_for_other_arguments(self, transaction: Transaction, name: str) -> None:
        with transaction() as session:
            assert make_person(session, f"{name} II").name == f"{name} II"
        assert called.count(name) == 2

    def test_is_called_in_a_test_that_changes_the_program(
        self, transaction: Transaction, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tests.factories.users.PASSWORD", "outra")
        with transaction() as session:
            make_person(session, name)
        assert called.count(name) == 3


class TestAScene:
    def test_is_lived_once_and_put_back_with_what_stood_beside_it(
        self, app: Flask, transaction: Transaction, database: Database
    ) -> None:
        found, visitors = set(), [cast("PortalClient", app.test_client()) for _test in range(3)]
        for visitor in visitors:
            email = lived(app, scene_in(transaction, visitor), beside=[visitor])
            cookie = visitor.get_cookie("scene")
            assert cookie is not None
            with transaction() as session:
                assert [person.email for person in session.scalars(select(User))] == [email]
                make_user(session, role=Role.SUPPORT)
            found.add((email, cookie.value, visitor.csrf_token))
            database.restore(EMPTY)
        ((email, heard, token),) = found
        assert (heard, token) == (email, "token")

    @pytest.mark.deep
    def test_is_another_upon_other_rows_and_by_another_name(
        self, app: Flask, transaction: Transaction, database: Database, visitor: PortalClient
    ) -> None:
        scene = scene_in(transaction, visitor)
        first = lived(app, scene, "one")
        database.restore(EMPTY)
        other = lived(app, scene, "other")
        database.restore(EMPTY)
        with transaction() as session:
            make_user(session, role=Role.SUPPORT)
        third = lived(app, scene, "one")
        with transaction() as session:
            assert len(session.scalars(select(User.id)).all()) == 2
        assert len({first, other, third}) == 3

    @pytest.mark.deep
    def test_goes_on_from_a_scene_before_it(
        self, app: Flask, transaction: Transaction, database: Database, visitor: PortalClient
    ) -> None:
        begun = scene_in(transaction, visitor)

        def gone_on() -> str:
            with transaction() as session:
                session.scalars(select(User)).one().name = "Depois"
            return "Depois"

        for _test in range(3):
            email = lived(app, begun, "begun")
            assert lived(app, gone_on) == "Depois"
            with transaction() as session:
                person = session.scalars(select(User)).one()
                assert (person.email, person.name) == (email, "Depois")
            database.restore(EMPTY)


def scene_in(transaction: Transaction, visitor: PortalClient) -> Callable[[], str]:
    def scene() -> str:
        """Somebody is made, and a browser hears of it."""
        with transaction() as session:
            email = make_user(session, role=Role.SUPPORT).email
        with transaction() as session:
            assert session.scalars(select(User.email)).all()[-1] == email
        visitor.set_cookie("scene", email)
        visitor.csrf_token = "token"
        return email

    return scene


def counts(session: Session) -> dict[str, int]:
    tables = Base.metadata.sorted_tables
    return {table.name: session.scalar(select(func.count()).select_from(table)) or 0 for table in tables} | {
        head.stream: head.position for head in session.scalars(select(LogHead))
    }


@pytest.mark.deep
def test_a_remembered_contract_is_as_whole_as_one_that_was_lived(app: Flask, database: Database) -> None:
    lived = []
    for _test in range(5):
        with app.app_context():
            house = make_house(db.session)
            contract = make_contract(db.session, house, state=ContractState.ACTIVE)
            assert contract.quote.customer_id == house.customer.id
            db.session.commit()
            lived.append(counts(db.session))
            second = make_contract(db.session, house, state=ContractState.ACTIVE)
            assert second.id == contract.id + 1
            db.session.commit()
            assert db.session.scalar(select(func.count(Contract.id))) == 2
            lived.append(counts(db.session))
        database.restore(EMPTY)
    assert all(each == lived[0] for each in lived[::2])
    assert all(each == lived[1] for each in lived[1::2])
