"""Reminders by WhatsApp in a real browser: the steps, a run with what became of it, and a customer's page."""

import re
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select, text

from portal.app import create_app
from portal.dunning.models import DunningMessage
from portal.dunning.operations.holds import hold
from portal.dunning.rules.sending import HoldKind
from portal.whatsapp.models import WhatsAppMessage
from portal.whatsapp.operations.answering import hear_message
from portal.whatsapp.rules.messages import MessageState
from tests.factories.dunning import policy_of
from tests.factories.overdue import active, night
from tests.factories.quotes import make_house
from tests.factories.whatsapp import CHAT, FIFTH_OF_JULY, MOBILE, at, give_mobile, released
from tests.faults.people import rows_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.test_home import sign_in
from tests.support.accessibility import CheckAccessibility
from tests.support.application import settings_for
from tests.support.live_server import LiveServer
from tools.whatsapp_line.notices import ACCOUNT, PHONE

pytestmark = pytest.mark.browser
LINE = {
    "PORTAL_WHATSAPP_URL": "http://127.0.0.1:9",
    "PORTAL_WHATSAPP_TOKEN": "token",
    "PORTAL_WHATSAPP_PHONE_ID": PHONE,
    "PORTAL_WHATSAPP_ACCOUNT_ID": ACCOUNT,
    "PORTAL_WHATSAPP_APP_SECRET": "0f3a9c51d7e24b86a9c0",
    "PORTAL_WHATSAPP_VERIFY_TOKEN": "5d0cbe4f7a6148e2",
}
WIDTHS = ({"width": 1280, "height": 900}, {"width": 360, "height": 740})


def remind(server: LiveServer, folder: Path) -> tuple[int, int, int]:
    """A run of 17/07 with one message that was read, and one by mail: its id, a customer's, and a call's."""
    app = create_app(settings_for(server.database_url, folder, **LINE))
    with app.app_context(), rows_of(server.database_url) as session:
        house = make_house(session, name="Quitanda da Lia Ltda")
        policy_of(session, CHAT, actor=house.admin)
        session.execute(text("UPDATE whatsapp_templates SET state = 'approved'"))
        active(session, house), active(session, make_house(session, name="Padaria do Zé Ltda"))
        night(session, FIFTH_OF_JULY)
        give_mobile(session, house.customer.id)
        run = released(session, 17)
        own = session.scalars(
            select(DunningMessage).filter_by(run_id=run.id, customer_id=house.customer.id)
        ).one()
        message = session.scalars(select(WhatsAppMessage).filter_by(subject_id=own.id)).one()
        message.state, message.is_billable = MessageState.READ, True
        message.accepted_at, message.read_at = at(17, 9, 1), at(17, 9, 4)
        hold(
            session,
            customer=house.customer,
            kind=HoldKind.PROMISE,
            until_on=date(2026, 7, 20),
            reason="Paga na segunda",
            actor=house.admin,
            now=at(17),
        )
        said = {"id": "wamid.1", "from": MOBILE, "type": "text", "text": {"body": "Pago na segunda, ok?"}}
        hear_message(session, said, now=at(17, 10))
        return run.id, house.customer.id, own.id


@pytest.mark.deep
def test_are_set_up_followed_and_looked_at_on_a_desk_and_on_a_phone(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    run_id, customer_id, message_id = remind(live_server, tmp_path)
    page = open_browser()
    sign_in(page, live_server, "carla@portal.example")
    for size in WIDTHS:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        page.goto(f"{live_server.url}/regua/{run_id}")
        expect(page.get_by_text("Lida", exact=True).first).to_be_visible()
        expect(page.get_by_text("Custo estimado", exact=True)).to_be_visible()
        look(page, check_accessibility, tmp_path, "run", size["width"])
        page.goto(f"{live_server.url}/clientes/{customer_id}/cobranca")
        expect(page.get_by_text("Pago na segunda, ok?")).to_be_visible()
        look(page, check_accessibility, tmp_path, "customer", size["width"])
        page.goto(f"{live_server.url}/regua/passos")
        expect(page.get_by_text("O envio automático por WhatsApp está desligado")).to_be_visible()
        look(page, check_accessibility, tmp_path, "policy", size["width"])
        for path, heading in (
            ("numeros", "Cobrança em números"),
            ("precos", "Preços das mensagens"),
            (f"ligacao/{message_id}", re.compile("^Ligar para")),
        ):
            page.goto(f"{live_server.url}/regua/{path}")
            expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()
            look(page, check_accessibility, tmp_path, path.partition("/")[0], size["width"])
        page.goto(f"{live_server.url}/whatsapp")
        expect(page.get_by_text("Aprovado", exact=True).first).to_be_visible()
        look(page, check_accessibility, tmp_path, "whatsapp", size["width"])


def look(page: Page, check_accessibility: CheckAccessibility, folder: Path, name: str, width: int) -> None:
    """Nothing wider than the screen, nothing axe complains of."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    check_accessibility(page)
    page.screenshot(path=str(folder / f"{name}-{width}.png"), full_page=True)
