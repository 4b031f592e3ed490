"""Attempts of strangers never stop a device on which the person signed in before."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from portal.shared import clock
from portal.shared.auth import Role
from portal.shared.mail_rows import MailMessage
from portal.shared.refusals import TooManyAttempts
from portal.users.models import KnownDevice
from portal.users.operations.attempts import count_sign_in
from portal.users.operations.devices import forget_old_devices
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.card_processor import run_queue
from tests.support.clients import PortalClient
from tests.support.letters import mailed_link
from tests.support.people import ClientOf
from tests.support.statements import statements

EMAIL, OTHER = "bruno@sulsistemas.com.br", "carla@sulsistemas.com.br"
NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
OFFICE = "203.0.113.9"


@pytest.fixture
def bruno(transaction: Transaction) -> int:
    with transaction() as session:
        return make_user(session, email=EMAIL, role=Role.SUPPORT).id


@pytest.fixture
def office(bruno: int, visitor: PortalClient) -> PortalClient:
    """Bruno's browser, in which he signed in once and signed out again."""
    assert bruno
    visitor.environ_base["REMOTE_ADDR"] = OFFICE
    visitor.sign_in(EMAIL, PASSWORD)
    visitor.get("/conta")
    visitor.submit("/sair")
    return visitor


def browser_of(app: Flask) -> PortalClient:
    """The browser of a stranger in the same network."""
    browser = cast("PortalClient", app.test_client())
    browser.environ_base["REMOTE_ADDR"] = OFFICE
    return browser


def try_at(browser: PortalClient, password: str = PASSWORD, email: str = EMAIL) -> int:
    browser.get("/entrar")
    return browser.submit("/entrar", {"email": email, "password": password}).status_code


def fill_counts(transaction: Transaction) -> None:
    """Wrong passwords from the very network of the office, until both counts are full."""
    passed = 0
    for _ in range(60):
        with suppress(TooManyAttempts), transaction() as session:
            count_sign_in(session, email=EMAIL, address=OFFICE, now=clock.now())
            passed += 1
    assert passed == 5


class TestAKnownDevice:
    @pytest.mark.deep
    def test_signs_in_while_strangers_are_stopped(
        self, office: PortalClient, app: Flask, transaction: Transaction
    ) -> None:
        fill_counts(transaction)
        assert try_at(browser_of(app)) == 429
        assert try_at(office) == 303

    @pytest.mark.deep
    def test_may_be_wrong_five_times_itself(self, office: PortalClient, transaction: Transaction) -> None:
        with time_machine.travel(NOON, tick=False):
            fill_counts(transaction)
            assert [try_at(office, "chute número um") for _ in range(6)] == [422] * 5 + [429]

    @pytest.mark.deep
    def test_is_known_for_its_person_alone(self, office: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            make_user(session, email=OTHER, role=Role.SUPPORT)
        statuses = [try_at(office, "chute número um", OTHER) for _ in range(6)]
        assert statuses == [422] * 5 + [429]

    @pytest.mark.deep
    def test_cannot_be_made_up(self, office: PortalClient, app: Flask, transaction: Transaction) -> None:
        kept = office.get_cookie("device")
        assert kept is not None
        with transaction() as session:
            token_hash = session.scalars(select(KnownDevice.token_hash)).one()
        fill_counts(transaction)
        other = ("A" if kept.value[0] != "A" else "B") + kept.value[1:]  # the last sign may say the same
        for forged in (other, token_hash, f'"{token_hash}"', ""):
            stranger = browser_of(app)
            stranger.set_cookie("device", forged)
            assert try_at(stranger) == 429

    def test_is_kept_only_as_a_hash(self, office: PortalClient, transaction: Transaction) -> None:
        kept = office.get_cookie("device")
        with transaction() as session:
            token_hash = session.scalars(select(KnownDevice.token_hash)).one()
        assert kept is not None
        assert kept.http_only
        assert token_hash not in kept.value

    @pytest.mark.deep
    def test_is_one_on_which_a_mailed_link_was_opened(
        self, bruno: int, visitor: PortalClient, app: Flask, transaction: Transaction
    ) -> None:
        fill_counts(transaction)
        assert try_at(visitor) == 429
        visitor.get("/senha/esqueci")
        visitor.submit("/senha/esqueci", {"email": EMAIL})
        run_queue(app, clock.now())
        with transaction() as session:
            path = f"/senha/{mailed_link(session, 'password_reset', bruno).secret()}"
        visitor.get(path)
        chosen = "quatro gatos no telhado"
        visitor.submit(path, {"password": chosen, "password_again": chosen})
        fill_counts(transaction)
        assert try_at(visitor, chosen) == 303

    @pytest.mark.deep
    def test_is_forgotten_elsewhere_when_the_password_is_changed(
        self, office: PortalClient, bruno: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        home = client_of(bruno)
        home.get("/conta")
        chosen = "quatro gatos no telhado"
        fields = {"current_password": PASSWORD, "password": chosen, "password_again": chosen}
        assert home.submit("/conta/senha", fields).status_code == 303
        fill_counts(transaction)
        assert try_at(office, chosen) == 429
        home.delete_cookie("session")
        assert try_at(home, chosen) == 303

    def test_is_forgotten_with_its_cookie(self, office: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            assert forget_old_devices(session, now=clock.now() + timedelta(days=399)) == 0
            assert forget_old_devices(session, now=clock.now() + timedelta(days=401)) == 1

    def test_is_mailed_a_link_though_strangers_asked_for_many(
        self, office: PortalClient, app: Flask, transaction: Transaction
    ) -> None:
        with time_machine.travel(NOON, tick=False) as travel:
            for minutes in range(30):
                travel.move_to(NOON + timedelta(seconds=20 * minutes))
                stranger = browser_of(app)
                stranger.get("/senha/esqueci")
                stranger.submit("/senha/esqueci", {"email": EMAIL})
                run_queue(app, clock.now())
            with transaction() as session:
                before = len(session.scalars(select(MailMessage)).all())
            travel.move_to(NOON + timedelta(seconds=20 * 31))
            office.get("/senha/esqueci")
            assert office.submit("/senha/esqueci", {"email": EMAIL}).status_code == 200
            run_queue(app, clock.now())
            with transaction() as session:
                assert (before, len(session.scalars(select(MailMessage)).all())) == (3, 4)


class TestProvingOnesPasswordWhenSignedIn:
    def test_is_not_stopped_by_strangers(
        self, bruno: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        fill_counts(transaction)
        browser = client_of(bruno)
        browser.get("/conta")
        chosen = "quatro gatos no telhado"
        fields = {"current_password": PASSWORD, "password": chosen, "password_again": chosen}
        assert browser.submit("/conta/senha", fields).status_code == 303


class TestTheWorkOfAskingForANewPassword:
    def test_is_the_same_whether_somebody_has_the_address(
        self, bruno: int, app: Flask, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_user(session, email=OTHER, role=Role.SUPPORT, password=None)
        visitor.get("/senha/esqueci")
        done = []
        for email in (EMAIL, OTHER, "ninguem@x.com.br"):
            with statements(app) as sent:
                assert visitor.submit("/senha/esqueci", {"email": email}).status_code == 200
            done.append(sent)
        assert done[0] == done[1] == done[2]
        assert len(done[0]) > 3
