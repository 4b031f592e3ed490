"""By keyboard on a phone: invoices paid together by one Pix, a contract canceled and kept after all."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from portal.app import create_app
from portal.contracts.rules.states import ContractState
from portal.invoices.operations.issuing import issue_installment
from portal.shared import clock
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.faults.people import rows_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.test_subscriber import ANA, come_in
from tests.support.accessibility import CheckAccessibility
from tests.support.application import settings_for
from tests.support.live_server import LiveServer

pytestmark = pytest.mark.browser


def owe_twice(server: LiveServer, folder: Path) -> None:
    app = create_app(settings_for(server.database_url, folder))
    with app.app_context(), rows_of(server.database_url) as session:
        house = make_house(session)
        house.customer.email = ANA
        for quantities in ({"register": 2}, {}):
            contract = make_contract(
                session, house, state=ContractState.ACTIVE, now=clock.now(), quantities=quantities
            )
            issue_installment(session, contract=contract, number=2, now=clock.now())


def press(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    """By the keyboard alone."""
    found = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    found.focus()
    page.keyboard.press("Enter")


def test_pays_together_cancels_and_stays(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    owe_twice(live_server, tmp_path)
    page = open_browser(has_touch=True, is_mobile=True)
    page.set_viewport_size({"width": 360, "height": 740})
    come_in(page, live_server)
    press(page, "button", "Pagar as escolhidas juntas")
    expect(page.get_by_text(re.compile("por 2 faturas"))).to_be_visible()
    expect(page.get_by_role("button", name="Copiar código Pix")).to_be_visible()
    check_accessibility(page)

    press(page, "link", "Cancelar")
    check_accessibility(page)
    press(page, "link", re.compile("^Cancelar contrato"))
    expect(page.get_by_text("O que acontece se você cancelar tudo hoje")).to_be_visible()
    check_accessibility(page)
    page.get_by_label("Por que você quer cancelar?").select_option("price")
    press(page, "button", "Pedir o cancelamento")
    expect(page.get_by_role("heading", name=re.compile("^Cancelamento 20"))).to_be_visible()
    expect(page.get_by_text("Podemos ajudar de outro jeito?")).to_be_visible()
    check_accessibility(page)
    press(page, "button", "Confirmar o cancelamento")
    expect(page.get_by_role("link", name="Comprovante (PDF)")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 900})
    check_accessibility(page)
    press(page, "button", "Desfazer o cancelamento")
    expect(page.get_by_text("Seu contrato continua como era.").first).to_be_visible()
