"""Home and operations pages in a real browser: axe at both widths, and the way to a quote."""

import pytest
from playwright.sync_api import Page, expect

from portal.demo.accounts import PASSWORD
from tests.journeys.conftest import OpenBrowser
from tests.support.accessibility import CheckAccessibility
from tests.support.live_server import LiveServer

pytestmark = pytest.mark.browser


def sign_in(page: Page, server: LiveServer, email: str) -> None:
    page.goto(f"{server.url}/entrar")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Entrar").click()
    expect(page.get_by_role("heading", level=1, name="Início")).to_be_visible()


class TestTheHomePage:
    @pytest.mark.parametrize(
        "email",
        [
            "marina@sul.example",
            "elisa@portal.example",
            pytest.param("ana@portal.example", marks=pytest.mark.deep),
            pytest.param("carla@portal.example", marks=pytest.mark.deep),
        ],
    )
    def test_is_accessible_to_each_role(
        self,
        live_server: LiveServer,
        open_browser: OpenBrowser,
        check_accessibility: CheckAccessibility,
        email: str,
    ) -> None:
        page = open_browser()
        sign_in(page, live_server, email)
        check_accessibility(page)

    def test_leads_a_seller_from_what_waits_to_the_quote(
        self, live_server: LiveServer, open_browser: OpenBrowser
    ) -> None:
        page = open_browser()
        sign_in(page, live_server, "marina@sul.example")
        page.get_by_role("link", name="Responder à contraproposta").first.click()
        expect(page.get_by_role("button", name="Aceitar")).to_be_visible()


class TestTheFoldedMenu:
    def test_opens_and_closes_by_the_keyboard(
        self, live_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        page = open_browser()
        sign_in(page, live_server, "elisa@portal.example")
        settings = page.get_by_role("link", name="Configurações")
        expect(settings).to_be_hidden()
        page.locator("summary", has_text="Administração").focus()
        page.keyboard.press("Enter")
        expect(settings).to_be_visible()
        check_accessibility(page)
        page.keyboard.press("Escape")
        expect(settings).to_be_hidden()
        page.keyboard.press("Enter")  # Escape led back to where it was opened
        settings.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1, name="Configurações")).to_be_visible()


class TestTheOperationsPage:
    def test_runs_a_job_after_a_confirmation(
        self,
        live_server: LiveServer,
        open_browser: OpenBrowser,
        check_accessibility: CheckAccessibility,
    ) -> None:
        page = open_browser()
        sign_in(page, live_server, "elisa@portal.example")
        page.get_by_role("link", name="Operação", exact=True).click()
        check_accessibility(page)
        row = page.get_by_role("row", name="Validade dos orçamentos")
        row.get_by_role("button", name="Executar agora").click()
        page.get_by_role("dialog").get_by_role("button", name="Executar agora").click()
        expect(page.get_by_text("será executada em instantes")).to_be_visible()
        for _ in range(20):
            if row.get_by_text("Concluída").is_visible():
                break
            page.wait_for_timeout(500)
            page.reload()
        expect(row.get_by_text("Concluída")).to_be_visible()
