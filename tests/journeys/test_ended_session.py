"""A session that ends while somebody is typing: nothing is lost, with and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from portal.demo.accounts import PASSWORD
from tests.faults.people import SELLER, open_builder, sign_in
from tests.journeys.conftest import Complaints, OpenBrowser
from tests.support.live_server import LiveServer

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(
    "with_script",
    [
        pytest.param(True, id="with JavaScript"),
        pytest.param(False, id="without", marks=pytest.mark.deep),
    ],
)
class TestAnEndedSession:
    def test_in_the_middle_of_a_quote_is_taken_up_again(
        self, live_server: LiveServer, open_browser: OpenBrowser, complaints: Complaints, with_script: bool
    ) -> None:
        page = open_browser(java_script_enabled=with_script)
        sign_in(page, live_server)
        open_builder(page, live_server)
        page.locator("summary", has_text="Negociar").click()
        page.get_by_label("Negociado: total por mês").fill("187,65")
        if with_script:
            expect(page.locator("#sums .sum-main")).to_contain_text("187,65")

        elsewhere = page.context.new_page()
        elsewhere.goto(f"{live_server.url}/conta")
        elsewhere.locator("summary", has_text="sua conta").click()
        elsewhere.get_by_role("button", name="Sair", exact=True).click()
        page.get_by_role("button", name="Gerar proposta").click()
        expect(page.get_by_text("Entre de novo para continuar de onde você parou")).to_be_visible()
        page.get_by_label("E-mail").fill(SELLER)
        page.get_by_label("Senha", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Entrar", exact=True).click()
        expect(page.locator("h1")).to_have_text("Continuar de onde você parou")
        page.get_by_role("button", name="Continuar", exact=True).click()
        expect(page).to_have_url(re.compile(r"/orcamentos/\d+$"))
        expect(page.get_by_text("R$\u00a0187,65").first).to_be_visible()
        assert [each for each in complaints.heard if not each.startswith("401: POST")] == []
        complaints.heard.clear()
