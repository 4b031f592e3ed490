"""A suspended customer on a phone: from the mailed link back into service, and what else the area holds."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.app import create_app
from portal.shared import clock
from tests.factories.overdue import suspended
from tests.factories.quotes import make_house
from tests.faults.people import rows_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.contracting import PHONE, found_in
from tests.support.accessibility import CheckAccessibility
from tests.support.application import settings_for
from tests.support.live_server import LiveServer
from tests.support.ports import wait_until

pytestmark = pytest.mark.browser
ANA = "ana@mercearia.example"


def suspend(server: LiveServer, folder: Path) -> None:
    app = create_app(settings_for(server.database_url, folder))
    with app.app_context(), rows_of(server.database_url) as session:
        house = make_house(session)
        house.customer.email = ANA
        suspended(session, house, now=clock.now())


def come_in(page: Page, server: LiveServer) -> None:
    """Sign in by the mailed link, with the keyboard alone."""
    page.goto(f"{server.url}/assinante/entrar")
    page.get_by_label("E-mail").focus()
    page.keyboard.type(ANA)
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail")).to_have_count(0)  # the answer is here: nothing navigates any more
    wait_until(lambda: bool(server.mail.to(ANA)), what="the mail with the link", timeout_s=30)
    page.goto(found_in(server.mail.to(ANA)[-1], r"(http://\S+/assinante/entrar/[\w-]+)"))
    page.get_by_role("button", name="Entrar").focus()
    page.keyboard.press("Enter")


def test_is_back_in_service_in_trust_and_finds_everything(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    suspend(live_server, tmp_path)
    page = open_browser(has_touch=True, is_mobile=True)
    page.set_viewport_size(PHONE)
    come_in(page, live_server)
    expect(page.get_by_text(re.compile("Seu serviço está suspenso desde"))).to_be_visible()
    check_accessibility(page)
    page.get_by_role("button", name=re.compile("^Liberar até")).click()
    expect(page.get_by_text(re.compile("liberado em confiança até"))).to_be_visible()
    for name in ("Faturas", "Documentos", "Dados"):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        check_accessibility(page)
    page.get_by_role("link", name="Início", exact=True).click()
    page.get_by_role("button", name=re.compile("^Pagar fatura")).first.click()
    expect(page.get_by_text("Pague até lá e nada para.")).to_be_visible()
    check_accessibility(page)
