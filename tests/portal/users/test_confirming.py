"""Proving again who one is, before money, settings and people."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from portal.settings import queries as settings
from portal.settings.rules.names import Name
from portal.shared.auth import Role
from portal.users.models import AccessEvent, UserSession
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values

EMAIL = "elisa@portal.example"
NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)
OURS = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """Everything happens at noon of a day, unless the test moves on."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def elisa(transaction: Transaction, visitor: PortalClient) -> PortalClient:
    """The browser of an administrator who signed in at noon."""
    with transaction() as session:
        make_user(session, email=EMAIL, role=Role.ADMIN, name="Elisa Reis")
    with time_machine.travel(NOON, tick=False):
        visitor.sign_in(EMAIL, PASSWORD)
    return visitor


def save(browser: PortalClient, days: str = "20") -> tuple[int, str]:
    fields = form_values(browser.get("/configuracoes").text)
    answer = browser.post("/configuracoes", data=fields | {"quote_valid_days": days}, headers=OURS)
    return answer.status_code, answer.text


def in_force(transaction: Transaction) -> int:
    with transaction() as session:
        return settings.value(session, Name.QUOTE_VALID_DAYS)


class TestAWriteOfWeight:
    def test_is_free_for_a_quarter_of_an_hour_after_signing_in(
        self, elisa: PortalClient, transaction: Transaction
    ) -> None:
        with time_machine.travel(NOON + timedelta(minutes=14), tick=False):
            assert save(elisa)[0] == 303
        assert in_force(transaction) == 20

    @pytest.mark.deep
    def test_asks_for_the_password_then_and_keeps_what_was_typed(
        self, elisa: PortalClient, transaction: Transaction
    ) -> None:
        with time_machine.travel(NOON + timedelta(minutes=15), tick=False):
            status, page = save(elisa)
            assert status == 401
            assert "Confirme que é você" in page
            assert in_force(transaction) == 15
            offer = elisa.post("/confirmar", data=form_values(page) | {"password": PASSWORD})
            assert offer.status_code == 200
            assert "Identidade confirmada" in offer.text
            assert in_force(transaction) == 15, "nothing is sent without a click"
            assert elisa.post("/configuracoes", data=form_values(offer.text)).status_code == 303
        assert in_force(transaction) == 20

    def test_stays_undone_with_a_wrong_password(self, elisa: PortalClient, transaction: Transaction) -> None:
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            _, page = save(elisa)
            answer = elisa.post("/confirmar", data=form_values(page) | {"password": "outra senha"})
            assert answer.status_code == 422
            assert "Esta não é a sua senha." in answer.text
            again = elisa.post("/confirmar", data=form_values(answer.text) | {"password": PASSWORD})
            assert "Identidade confirmada" in again.text, "what was typed survived the mistake"

    def test_may_be_guessed_at_five_times(self, elisa: PortalClient) -> None:
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            elisa.get("/confirmar")
            statuses = [elisa.submit("/confirmar", {"password": "chute"}).status_code for _ in range(6)]
        assert statuses == [422] * 5 + [429]

    @pytest.mark.deep
    def test_is_confirmed_in_this_browser_alone(self, elisa: PortalClient, transaction: Transaction) -> None:
        with time_machine.travel(NOON + timedelta(hours=1), tick=False) as travel:
            elisa.get("/confirmar")
            assert elisa.submit("/confirmar", {"password": PASSWORD}).status_code == 303
            with transaction() as session:
                assert session.scalars(select(UserSession.confirmed_at)).one() == NOON + timedelta(hours=1)
            travel.move_to(NOON + timedelta(hours=1, minutes=14))
            assert save(elisa)[0] == 303
            travel.move_to(NOON + timedelta(hours=1, minutes=15))
            assert save(elisa)[0] == 401

    def test_is_kept_whether_it_was_confirmed_or_not(
        self, elisa: PortalClient, transaction: Transaction
    ) -> None:
        elisa.get("/confirmar")
        elisa.submit("/confirmar", {"password": "chute"})
        elisa.submit("/confirmar", {"password": PASSWORD})
        with transaction() as session:
            kinds = session.scalars(select(AccessEvent.kind).order_by(AccessEvent.id)).all()
        assert [kind.value for kind in kinds] == ["signed_in", "confirmation_failed", "confirmed"]

    def test_is_not_carried_along_when_another_site_sent_it(self, elisa: PortalClient) -> None:
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            fields = form_values(elisa.get("/configuracoes").text)
            answer = elisa.post("/configuracoes", data=fields, headers={"Sec-Fetch-Site": "cross-site"})
            assert answer.status_code == 401
            assert form_values(answer.text)["retomar"] == ""


class TestAFragmentOfWeight:
    def test_is_told_so_in_its_page(self, elisa: PortalClient) -> None:
        with time_machine.travel(NOON + timedelta(hours=1), tick=False):
            elisa.get("/configuracoes")
            answer = elisa.ask("/configuracoes", method="POST", data={"quote_valid_days": "20"})
        assert answer.status_code == 401
        assert "O que você digitou continua nesta página." in answer.text
        assert 'href="/confirmar?proximo=/entrar/pronto"' in answer.text


class TestThePageThatAsks:
    @pytest.mark.parametrize("target", ["https://evil.com/", "//evil.com", "/\\evil.com"])
    def test_never_leads_out_of_the_portal(self, elisa: PortalClient, target: str) -> None:
        elisa.get("/confirmar", query_string={"proximo": target})
        answer = elisa.submit("/confirmar", {"password": PASSWORD, "proximo": target})
        assert location(answer) == "/"
