"""Finance's pages in a real browser: axe at both widths, and a month closed and paid by clicks."""

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import OpenBrowser
from tests.journeys.test_home import sign_in
from tests.support.accessibility import CheckAccessibility
from tests.support.live_server import LiveServer

pytestmark = pytest.mark.browser
PAGES = (
    "/financeiro",
    "/tarefas",
    "/tarefas/nova",
    "/repasses",
    "/repasses/extratos",
    "/repasses/fechamento",
)


class TestThePagesOfFinance:
    @pytest.mark.deep
    def test_are_accessible(
        self, live_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        page = open_browser()
        sign_in(page, live_server, "carla@portal.example")
        for path in PAGES:
            page.goto(f"{live_server.url}{path}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            check_accessibility(page)

    def test_close_a_month_and_pay_it(
        self, live_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        page = open_browser()
        sign_in(page, live_server, "carla@portal.example")
        page.goto(f"{live_server.url}/repasses/fechamento")
        page.get_by_role("button", name="Fechar ", exact=False).first.click()
        page.get_by_role("button", name="Fechar o mês").click()
        expect(page.get_by_text("Cada parceiro recebe o seu extrato.")).to_be_visible()
        for _wait in range(20):
            page.goto(f"{live_server.url}/repasses/extratos")
            if page.get_by_role("link", name="Extrato de").count():
                break
            page.wait_for_timeout(500)
        page.get_by_role("link", name="Extrato de").first.click()
        check_accessibility(page)
        page.get_by_label("Dia do pagamento").fill("2026-01-05")
        for label, value in (("Banco", "341 Itaú"), ("Agência", "0057"), ("Conta", "12345-7")):
            page.get_by_label(label, exact=True).fill(value)
        page.get_by_label("Identificação no banco").fill("TED 778812")
        page.get_by_role("button", name="Registrar pagamento").click()
        expect(page.get_by_text("Pagamento registrado.")).to_be_visible()
        page.locator("#itens tbody a").first.click()
        expect(page.get_by_role("heading", name="Como se chega a este repasse")).to_be_visible()
        check_accessibility(page)
