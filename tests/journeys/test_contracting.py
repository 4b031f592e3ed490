"""The main job's second half: accepted quote, contract, signature, card with 3-D Secure, active."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import contracting
from tests.journeys.conftest import OpenBrowser
from tests.journeys.contracting import WORK_S, Journey
from tests.support.accessibility import CheckAccessibility
from tests.support.card_processor import ASKS_BANK
from tests.support.live_server import LiveServer

pytestmark = pytest.mark.browser


class TestPayingByCard:
    def test_leads_from_the_accepted_quote_to_active(
        self, live_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        journey = contracting.accepted_quote(
            live_server, open_browser, method="card", look=check_accessibility
        )
        contracting.generate_contract(journey)
        contracting.sign(journey)
        contracting.register_card(journey, ASKS_BANK)
        agree_at_the_bank(journey.customer)
        expect(journey.customer.get_by_role("heading", name="Cartão cadastrado")).to_be_visible(
            timeout=WORK_S
        )
        journey.look(journey.customer)
        confirm_charge(journey)
        contracting.expect_active(journey)


def confirm_charge(journey: Journey) -> None:
    """The bank asks again when the card is charged without its holder there."""
    page = journey.customer
    page.goto(journey.link("Confirme o pagamento com seu banco", "pagar"))
    journey.look(page)
    page.get_by_role("button", name="Confirmar com meu banco").tap()
    agree_at_the_bank(page)
    expect(page.get_by_role("heading", name="Pagamento recebido")).to_be_visible(timeout=WORK_S)
    expect(page.get_by_text(f"Seu acesso está liberado até {contracting.released_until()}.")).to_be_visible()
    journey.look(page)


def agree_at_the_bank(page: Page) -> None:
    page.get_by_role("button", name="Complete authentication").tap()
