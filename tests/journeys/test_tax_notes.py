"""Notas fiscais in a real browser: a customer on a phone downloads one, finance looks at them at its desk."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from portal.app import create_app
from portal.shared import clock
from portal.tax_notes.rules.states import NoteState
from tests.factories.invoices import make_invoice
from tests.factories.payments import pay
from tests.factories.quotes import make_house
from tests.factories.tax_notes import make_note
from tests.faults.people import rows_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.contracting import PHONE, found_in
from tests.journeys.test_home import sign_in
from tests.support.accessibility import CheckAccessibility
from tests.support.application import settings_for
from tests.support.live_server import LiveServer
from tests.support.ports import wait_until

pytestmark = pytest.mark.browser
LIA = "lia@quitanda.example"


def issue(server: LiveServer, folder: Path) -> None:
    """A customer with two notes that were issued and one that was rejected."""
    app = create_app(settings_for(server.database_url, folder))
    with app.app_context(), rows_of(server.database_url) as session:
        house, now = make_house(session, name="Quitanda da Lia Ltda"), clock.now()
        house.customer.email = LIA
        for state in (NoteState.AUTHORIZED, NoteState.AUTHORIZED, NoteState.REJECTED):
            invoice = make_invoice(session, house=house, now=now)
            pay(session, invoice_id=invoice.id, amount_cents=invoice.amount_cents, now=now)
            make_note(session, invoice, state=state, now=now)


@pytest.mark.deep
def test_are_downloaded_by_a_customer_and_looked_at_by_finance(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    issue(live_server, tmp_path)
    page = open_browser(has_touch=True, is_mobile=True)
    page.set_viewport_size(PHONE)
    _come_in(page, live_server)
    page.get_by_role("link", name="Notas", exact=True).click()
    expect(page.get_by_text("somam exatamente a mensalidade")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^XML da nota"))).to_have_count(2)
    check_accessibility(page)
    page.screenshot(path=str(tmp_path / "area.png"), full_page=True)
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("^XML da nota")).first.click()
    assert download.value.suggested_filename.startswith("nfse-")
    link = page.get_by_role("link", name=re.compile("^PDF da nota")).first.get_attribute("href")
    pdf = page.request.get(f"{live_server.url}{link}")
    assert pdf.body().startswith(b"%PDF")

    desk = open_browser()
    wide: ViewportSize = {"width": 1280, "height": 900}
    for size in (wide, PHONE):
        desk.set_viewport_size(size)
        if size is wide:
            sign_in(desk, live_server, "carla@portal.example")
        desk.goto(f"{live_server.url}/notas-fiscais")
        expect(desk.get_by_text("Código de tributação municipal ausente.").first).to_be_visible()
        check_accessibility(desk)
        desk.screenshot(path=str(tmp_path / f"list-{size['width']}.png"), full_page=True)
        desk.get_by_role("link", name="1", exact=True).first.click()
        expect(desk.get_by_role("heading", level=1, name="Nota fiscal 1")).to_be_visible()
        desk.get_by_text("Cancelar esta nota").click()
        check_accessibility(desk)
        desk.screenshot(path=str(tmp_path / f"note-{size['width']}.png"), full_page=True)


def _come_in(page: Page, server: LiveServer) -> None:
    page.goto(f"{server.url}/assinante/entrar")
    page.get_by_label("E-mail").fill(LIA)
    page.keyboard.press("Enter")
    wait_until(lambda: bool(server.mail.to(LIA)), what="the mail with the link", timeout_s=30)
    page.goto(found_in(server.mail.to(LIA)[-1], r"(http://\S+/assinante/entrar/[\w-]+)"))
    page.get_by_role("button", name="Entrar").click()
