"""A customer registers a card on a phone and confirms a charge with the bank, in a real browser."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, ViewportSize, expect

from portal.contracts.rules.states import ContractState
from portal.shared import clock
from portal.shared.db import db
from tests.factories.contracts import make_contract, sign
from tests.factories.quotes import make_house
from tests.journeys.conftest import Complaints, OpenBrowser
from tests.support.accessibility import CheckAccessibility
from tests.support.application import settings_for
from tests.support.card_processor import ASKS_BANK, REFUSED, CardProcessor
from tests.support.databases import Database
from tests.support.live_server import LiveServer
from tests.support.ports import wait_until

pytestmark = pytest.mark.browser
PHONE: ViewportSize = {"width": 390, "height": 844}


def text_of_mail(mail: EmailMessage) -> str:
    """Its plain text, as a mail program shows it."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@dataclass
class Case:
    """A contract paid by card, generated on the running portal."""

    app: Flask
    server: LiveServer
    contract_id: int
    mails_before: int

    def sign(self) -> None:
        with self.app.app_context():
            sign(db.session, self.contract_id, now=clock.now())
            db.session.commit()

    def mailed_link(self, pattern: str) -> str:
        """The address in the last mail to the customer that leads to such a page."""

        def links() -> list[str]:
            return [
                link
                for mail in self.server.mail.messages[self.mails_before :]
                for link in re.findall(rf"http://[^\s\"<]+{pattern}", text_of_mail(mail))
            ]

        wait_until(lambda: bool(links()), what=f"a mail with {pattern}", timeout_s=60)
        return links()[-1]


@pytest.fixture
def case(
    live_server: LiveServer, database: Database, card_sandbox: CardProcessor, tmp_path: Path
) -> Iterator[Case]:
    from portal.app import create_app

    app = create_app(
        settings_for(database.url, tmp_path, PORTAL_BASE_URL=live_server.url, **card_sandbox.environment)
    )
    with app.app_context():
        house = make_house(db.session)
        contract = make_contract(
            db.session, house, state=ContractState.AWAITING_SIGNATURE, now=clock.now(), payment_method="card"
        )
        found = Case(app, live_server, contract.id, len(live_server.mail.messages))
        db.session.commit()
    yield found
    with app.app_context():
        db.engine.dispose()


def type_card(page: Page, number: str) -> None:
    """Into the processor's own field."""
    field = page.locator("#card-element")
    for name, value in {"number": number, "exp_month": "12", "exp_year": "30", "cvc": "123"}.items():
        field.get_by_placeholder(name).fill(value)
    page.get_by_role("button", name="Cadastrar cartão").click()


class TestACustomer:
    @pytest.mark.deep
    def test_registers_a_card_with_3d_secure_and_confirms_the_charge(
        self,
        case: Case,
        open_browser: OpenBrowser,
        complaints: Complaints,
        check_accessibility: CheckAccessibility,
    ) -> None:
        page = open_browser()
        page.set_viewport_size(PHONE)
        page.goto(case.mailed_link(r"/cartao/[\w-]+"))
        expect(page.get_by_text("não digite um cartão de verdade")).to_be_visible()
        expect(page.locator("#card-element input").first).to_be_visible()
        check_accessibility(page)

        type_card(page, REFUSED)
        expect(page.get_by_role("alert")).to_contain_text("o banco recusou")
        type_card(page, ASKS_BANK)
        page.get_by_role("button", name="Fail authentication").click()
        expect(page.get_by_role("alert")).to_contain_text("Não conseguimos cadastrar este cartão")
        type_card(page, ASKS_BANK)
        page.get_by_role("button", name="Complete authentication").click()
        expect(page.locator("h1")).to_have_text("Cartão cadastrado")
        expect(page.get_by_text("Visa final 3184")).to_be_visible()
        check_accessibility(page)

        case.sign()
        assert case.mailed_link(r"/pagar/[\w-]+/confirmar")
        page.reload()
        check_accessibility(page)
        page.get_by_role("link", name="Confirmar agora").click()
        expect(page.locator("h1")).to_have_text("Confirme o pagamento")
        check_accessibility(page)
        page.get_by_role("button", name="Confirmar com meu banco").click()
        page.get_by_role("button", name="Complete authentication").click()
        expect(page.locator("h1")).to_have_text("Pagamento recebido")
        check_accessibility(page)
        complaints.heard = [heard for heard in complaints.heard if not heard.startswith("402: POST")]
