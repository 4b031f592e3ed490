"""Passkeys with an authenticator the browser pretends to have, and codes of an app without JavaScript."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import CDPSession, Page, expect
from sqlalchemy import NullPool, create_engine, text

from portal.demo.accounts import PASSWORD
from portal.shared import clock
from tests.journeys.conftest import Complaints, OpenBrowser
from tests.support.accessibility import CheckAccessibility
from tests.support.databases import Database
from tests.support.live_server import LiveServer, serving
from tests.support.smtp import MailServer

pytestmark = pytest.mark.browser
FINANCE, ADMIN = "Carla Freitas", "Elisa Martins"


@pytest.fixture(scope="module")
def named_server(
    database: Database, demo_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveServer]:
    """The demonstration at a host's name: browsers offer no passkeys at a bare address."""
    database.restore(demo_template)
    mail = MailServer()
    mail.start()
    with serving(database.url, tmp_path_factory.mktemp("named"), mail, host="localhost") as server:
        yield server
    mail.stop()


@pytest.fixture(autouse=True)
def only_password(named_server: LiveServer) -> None:
    """Nobody has a second factor yet."""
    tables = ("passkeys", "totp_secrets", "recovery_codes", "auth_challenges", "throttles")
    with create_engine(named_server.database_url, poolclass=NullPool).begin() as connection:
        for table in tables:
            connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own names
        connection.execute(text("UPDATE users SET second_factor_since = NULL"))


def pretend_device(page: Page) -> tuple[CDPSession, str]:
    """Give the page's browser an authenticator whose owner always agrees."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return devtools, str(made["authenticatorId"])


def choose(page: Page, server: LiveServer, name: str) -> None:
    page.goto(f"{server.url}/entrar")
    page.get_by_role("button", name=re.compile(name)).click()


def forget_proof(server: LiveServer) -> None:
    """An hour passes since everybody's last proof."""
    with create_engine(server.database_url, poolclass=NullPool).begin() as connection:
        connection.execute(
            text("UPDATE user_sessions SET confirmed_at = :at"), {"at": clock.now() - timedelta(hours=1)}
        )


def add_passkey(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.url}/conta/segunda-etapa")
    page.get_by_label("Nome da chave").fill("Notebook da mesa")
    page.get_by_role("button", name="Adicionar chave de acesso").click()
    expect(page.get_by_role("heading", name="Guarde estes códigos agora")).to_be_visible()
    page.get_by_role("link", name="Já guardei").click()
    expect(page.get_by_text("Notebook da mesa")).to_be_visible()


class TestAPasskey:
    def test_is_added_signs_in_and_confirms_before_a_setting_is_changed(
        self,
        named_server: LiveServer,
        open_browser: OpenBrowser,
        complaints: Complaints,
        check_accessibility: CheckAccessibility,
    ) -> None:
        page = open_browser()
        pretend_device(page)
        choose(page, named_server, ADMIN)
        add_passkey(page, named_server)
        check_accessibility(page)

        page.context.clear_cookies()
        choose(page, named_server, ADMIN)
        expect(page.get_by_role("heading", name="Segunda etapa")).to_be_visible()
        check_accessibility(page)
        page.get_by_role("button", name="Usar chave de acesso").click()
        expect(page).to_have_url(f"{named_server.url}/")

        page.goto(f"{named_server.url}/configuracoes")
        page.get_by_label("Validade do orçamento").fill("21")
        forget_proof(named_server)
        page.get_by_role("button", name="Salvar").click()
        expect(page.get_by_role("heading", name="Confirme que é você")).to_be_visible()
        assert complaints.heard == [f"401: POST {named_server.url}/configuracoes"]
        complaints.heard.clear()
        check_accessibility(page)
        page.get_by_role("button", name="Usar chave de acesso").click()
        page.get_by_role("button", name="Continuar").click()
        expect(page.get_by_text("Salvo: Validade do orçamento.")).to_be_visible()

    def test_of_another_device_is_refused_in_words(
        self, named_server: LiveServer, open_browser: OpenBrowser, complaints: Complaints
    ) -> None:
        page = open_browser()
        devtools, device = pretend_device(page)
        choose(page, named_server, FINANCE)
        add_passkey(page, named_server)
        devtools.send("WebAuthn.clearCredentials", {"authenticatorId": device})
        devtools.send("WebAuthn.setUserVerified", {"authenticatorId": device, "isUserVerified": False})
        page.context.clear_cookies()
        choose(page, named_server, FINANCE)
        page.get_by_role("button", name="Usar chave de acesso").click()
        expect(page.get_by_role("alert")).to_contain_text("A confirmação foi cancelada", timeout=70_000)
        expect(page.get_by_label("Código")).to_be_visible()


class TestAnAppOfCodes:
    def test_works_on_a_telephone_without_javascript(
        self, named_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        page = open_browser(java_script_enabled=False)
        page.set_viewport_size({"width": 360, "height": 740})
        choose(page, named_server, FINANCE)
        page.goto(f"{named_server.url}/conta/segunda-etapa")
        page.get_by_role("button", name="Ligar um aplicativo").click()
        app = pyotp.TOTP(page.get_by_label("Digite esta chave").input_value())
        page.get_by_label("Código do aplicativo").fill(app.now())
        page.get_by_role("button", name="Ativar").click()
        codes = page.get_by_label("Códigos de recuperação").input_value().split("\n")
        assert len(codes) == 10

        page.context.clear_cookies()
        choose(page, named_server, FINANCE)
        expect(page.get_by_role("button", name="Usar chave de acesso")).to_have_count(0)
        page.get_by_label("Código").fill(app.at(clock.now() + timedelta(seconds=30)))  # each is good once
        page.get_by_role("button", name="Entrar").click()
        expect(page).to_have_url(f"{named_server.url}/")


class TestTheDemonstrationsSignInPage:
    def test_shows_its_people_at_every_width(
        self, named_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        page = open_browser()
        page.goto(f"{named_server.url}/entrar")
        expect(page.get_by_role("button", name=re.compile("Marina Prado"))).to_be_visible()
        check_accessibility(page)
        page.get_by_role("button", name=re.compile("Marina Prado")).click()
        expect(page).to_have_url(f"{named_server.url}/")
        assert PASSWORD not in page.content()
