"""How long a session lives, and what its cookie holds."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import select

from portal.settings.models import Setting
from portal.shared.auth import Role
from portal.shared.db import db
from portal.users.models import UserSession
from tests.factories.users import PASSWORD, make_user
from tests.support.application import Transaction, settings_for
from tests.support.clients import PortalClient, location
from tests.support.databases import Database
from tests.support.people import ClientOf
from tests.support.seal import lend_certificate

EMAIL = "carla@sulsistemas.com.br"
MORNING = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)


@pytest.fixture
def carla(transaction: Transaction) -> int:
    with transaction() as session:
        return make_user(session, email=EMAIL, role=Role.SUPPORT, name="Carla Dias").id


@pytest.mark.usefixtures("carla")
class TestASessionNobodyUses:
    def test_ends_after_a_day(self, visitor: PortalClient) -> None:
        with time_machine.travel(MORNING, tick=False) as clock:
            visitor.sign_in(EMAIL, PASSWORD)
            clock.move_to(MORNING + timedelta(hours=24) - timedelta(seconds=1))
            assert visitor.get("/conta").status_code == 200
            clock.move_to(MORNING + timedelta(hours=48))
            assert location(visitor.get("/conta")) == "/entrar?proximo=/conta"

    def test_ends_when_the_settings_say_so(self, visitor: PortalClient, transaction: Transaction) -> None:
        with transaction() as session:
            session.add(
                Setting(name="session_idle_hours", value=2, changed_at=MORNING, changed_by_name="Ana")
            )
        with time_machine.travel(MORNING, tick=False) as clock:
            visitor.sign_in(EMAIL, PASSWORD)
            clock.move_to(MORNING + timedelta(hours=2))
            assert location(visitor.get("/conta")).startswith("/entrar")

    @pytest.mark.deep
    def test_is_known_to_within_five_minutes_without_a_write_on_every_page(
        self, visitor: PortalClient, transaction: Transaction
    ) -> None:
        seen = []
        with time_machine.travel(MORNING, tick=False) as clock:
            visitor.sign_in(EMAIL, PASSWORD)
            for minutes in (1, 5, 6, 9, 12):
                clock.move_to(MORNING + timedelta(minutes=minutes))
                visitor.get("/conta")
                with transaction() as session:
                    seen.append(session.scalars(select(UserSession.last_seen_at)).one())
        assert [(each - MORNING).total_seconds() / 60 for each in seen] == [0, 0, 6, 6, 12]

    def test_counts_as_used_though_the_page_asked_for_was_refused(
        self, visitor: PortalClient, transaction: Transaction
    ) -> None:
        with time_machine.travel(MORNING, tick=False) as clock:
            visitor.sign_in(EMAIL, PASSWORD)
            clock.move_to(MORNING + timedelta(hours=1))
            assert visitor.get("/configuracoes").status_code == 403
        with transaction() as session:
            assert session.scalars(select(UserSession.last_seen_at)).one() == MORNING + timedelta(hours=1)


class TestTheCookie:
    def test_is_for_this_host_and_https_alone(self, app: object, database: Database, tmp_path: Path) -> None:
        from portal.app import create_app

        lend_certificate(tmp_path)
        secure = create_app(settings_for(database.url, tmp_path, PORTAL_BASE_URL="https://portal.example"))
        answer = secure.test_client().get("/entrar", base_url="https://portal.example")
        with secure.app_context():
            db.engine.dispose()
        (cookie,) = answer.headers.getlist("Set-Cookie")
        assert cookie.startswith("__Host-session=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie

    def test_is_the_only_one_of_whoever_signs_in(self, carla: int, visitor: PortalClient) -> None:
        visitor.sign_in(EMAIL, PASSWORD)
        assert visitor.get_cookie("remember_token") is None

    def test_keeps_the_token_of_an_ended_session_only_to_know_its_holder_again(
        self, carla: int, client_of: ClientOf, transaction: Transaction
    ) -> None:
        browser = client_of(carla)
        browser.get("/conta")
        with transaction() as session:
            session.scalars(select(UserSession)).one().ended_at = MORNING
        assert location(browser.get("/conta")).startswith("/entrar")
        with browser.session_transaction() as cookie:
            assert "_user_id" not in cookie


class TestHtmxAskingWithoutASession:
    def test_is_sent_to_the_sign_in_page_where_it_asks_for_a_whole_page(self, visitor: PortalClient) -> None:
        for headers in ({"HX-Boosted": "true"}, {"HX-Target": "body"}):
            answer = visitor.ask("/conta?aba=1", headers=headers)
            assert answer.headers["HX-Redirect"] == "/entrar?proximo=/conta?aba%3D1"

    def test_is_told_in_its_page_where_it_asks_for_a_part(self, visitor: PortalClient) -> None:
        answer = visitor.ask("/conta", headers={"HX-Target": "div#devices"})
        assert (answer.status_code, "HX-Redirect" in answer.headers) == (401, False)
        assert "Sua sessão expirou" in answer.text
