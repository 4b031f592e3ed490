"""A late customer at a phone, by keyboard alone: pays by Pix, card and boleto; is refused trust, in words.

Two taps lead from the mail that says the service is suspended back into it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, ViewportSize, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.app import create_app
from portal.banking.models.boleto import Boleto
from portal.banking.queries.account import bank_settings
from portal.catalog.rules import ServiceState
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.overdue.models import Suspension
from portal.overdue.notifications import services_suspended
from portal.overdue.operations.trust import release_in_trust
from portal.sandbox_bank.operations.acting import act_as_bank
from portal.sandbox_bank.rules.acts import BankAct, Manner
from portal.settings.models import Setting
from portal.settings.rules.names import Name
from portal.shared import clock
from tests.factories.overdue import invoices_of, subscription_of, suspended
from tests.factories.quotes import make_house
from tests.faults.people import rows_of
from tests.journeys.conftest import OpenBrowser
from tests.journeys.contracting import WORK_S, found_in
from tests.journeys.test_agreement import MARIA, come_in, press
from tests.support.accessibility import CheckAccessibility
from tests.support.application import settings_for
from tests.support.card_processor import GOOD
from tests.support.live_server import LiveServer
from tests.support.ports import wait_until

pytestmark = pytest.mark.browser
SMALL: ViewportSize = {"width": 360, "height": 740}


@contextmanager
def rows(server: LiveServer, folder: Path) -> Iterator[Session]:
    """Rows of the running portal, in an app of this process."""
    app: Flask = create_app(settings_for(server.database_url, folder))
    with app.app_context(), rows_of(server.database_url) as session:
        yield session


def late(server: LiveServer, folder: Path, who: str) -> int:
    """The invoice of a suspended customer with an address of its own, who is told so by mail."""
    with rows(server, folder) as session:
        house, now = make_house(session), clock.now()
        house.customer.email = who
        contract = suspended(session, house, now=now)
        told = select(Suspension.id).where(Suspension.contract_id == contract.id)
        services_suspended(session, suspension_ids=session.scalars(told).all(), now=now)
        return invoices_of(session, contract)[0].id


def bank(server: LiveServer, folder: Path, invoice_id: int, act: BankAct) -> None:
    """The bank does it and tells the portal, whose queue works it off."""
    with rows(server, folder) as session:
        boleto = select(Boleto).where(Boleto.invoice_id == invoice_id).order_by(Boleto.id.desc()).limit(1)
        act_as_bank(
            session,
            act=act,
            manner=Manner.USUAL,
            invoice=session.get_one(Invoice, invoice_id),
            boleto=session.scalar(boleto),
            amount_cents=None,
            mark=f"{invoice_id:07d}{act.value:x<25}"[:32],
            secret=bank_settings().webhook_secret,
            now=clock.now(),
        )


def phone(open_browser: OpenBrowser) -> Page:
    page = open_browser(has_touch=True, is_mobile=True, permissions=["clipboard-write"])
    page.set_viewport_size(SMALL)
    return page


def open_mail(page: Page, server: LiveServer) -> None:
    """Tap the button of the mail to the signatory that says the service is suspended."""

    def told() -> list[str]:
        mails = [mail for mail in server.mail.to(MARIA) if "suspens" in str(mail["Subject"]).lower()]
        return [found_in(mail, r"(http://\S+/pagar/[\w-]+)") for mail in mails]

    wait_until(lambda: bool(told()), what="the mail about the suspension", timeout_s=30)
    page.goto(told()[-1])


def check_at_both_sizes(page: Page, check_accessibility: CheckAccessibility) -> None:
    """On a desk's screen and on a phone, where it stays: nothing wrong, and no scrolling sideways."""
    check_accessibility(page)
    page.set_viewport_size(SMALL)


def test_two_taps_from_the_mail_pay_by_pix_and_the_page_turns(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    invoice_id = late(live_server, tmp_path, "pix@mercearia.example")
    page = phone(open_browser)
    open_mail(page, live_server)  # the first tap
    expect(page.get_by_text(re.compile("O serviço está suspenso desde"))).to_be_visible()
    charges = page.get_by_text(re.compile("de multa .* de juros")).inner_text()
    fee, interest = (
        int(reais + cents)
        for reais, cents in re.findall(r"R\$\s([0-9]+),([0-9]{2}) (?:de multa|de juros)", charges)
    )
    page.screenshot(path=str(tmp_path / "suspended-360.png"), full_page=True)
    check_at_both_sizes(page, check_accessibility)
    press(page, "button", "Copiar código Pix")  # the second
    expect(page.get_by_role("button", name="Copiado")).to_be_visible()
    bank(live_server, tmp_path, invoice_id, BankAct.PIX)
    expect(page.get_by_role("heading", name="Recebemos seu pagamento")).to_be_visible(timeout=WORK_S)
    expect(page.get_by_text(re.compile("Seu acesso está liberado até"))).to_be_visible()
    left = f"{(fee + interest) / 100:.2f}".replace(".", ",")  # as was asked for: it grows by the day
    expect(
        page.get_by_text(f"Ficaram R$ {left} de multa e juros, que vão na próxima fatura.")
    ).to_be_visible()
    page.screenshot(path=str(tmp_path / "paid-360.png"), full_page=True)
    check_at_both_sizes(page, check_accessibility)


@pytest.mark.deep
def test_pays_by_card_from_the_area(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    late(live_server, tmp_path, "cartao@mercearia.example")
    page = phone(open_browser)
    come_in(page, live_server, "cartao@mercearia.example")
    page.screenshot(path=str(tmp_path / "home-360.png"), full_page=True)
    check_at_both_sizes(page, check_accessibility)
    press(page, "button", re.compile("^Pagar fatura"))
    page.locator("summary", has_text="Cartão").focus()
    page.keyboard.press("Enter")
    press(page, "button", "Pagar com cartão")
    field = page.locator("#card-element")
    expect(field.get_by_placeholder("number")).to_be_visible(timeout=WORK_S)
    page.screenshot(path=str(tmp_path / "card-360.png"), full_page=True)
    check_at_both_sizes(page, check_accessibility)
    for name, value in {"number": GOOD, "exp_month": "12", "exp_year": "30", "cvc": "123"}.items():
        field.get_by_placeholder(name).focus()
        page.keyboard.type(value)
    page.get_by_role("button", name=re.compile("^Pagar|^Cadastrar")).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text(re.compile("Recebemos seu pagamento|Pagamento recebido"))).to_be_visible(
        timeout=WORK_S
    )
    page.screenshot(path=str(tmp_path / "card-paid-360.png"), full_page=True)
    check_at_both_sizes(page, check_accessibility)
    page.goto(f"{live_server.url}/assinante")
    expect(page.get_by_role("heading", name="Nenhuma fatura a pagar")).to_be_visible()
    check_at_both_sizes(page, check_accessibility)


@pytest.mark.deep
def test_pays_by_boleto_from_the_area(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    invoice_id = late(live_server, tmp_path, "boleto@mercearia.example")
    page = phone(open_browser)
    come_in(page, live_server, "boleto@mercearia.example")
    press(page, "button", re.compile("^Pagar fatura"))
    page.locator("summary", has_text="Boleto").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("O banco ainda está registrando este boleto")).to_be_visible()
    check_at_both_sizes(page, check_accessibility)
    bank(live_server, tmp_path, invoice_id, BankAct.REGISTER)
    line = page.get_by_label("Linha digitável")
    expect(line).to_have_value(re.compile(r"^(\D*\d){47}\D*$"), timeout=WORK_S)
    page.screenshot(path=str(tmp_path / "boleto-360.png"), full_page=True)
    check_at_both_sizes(page, check_accessibility)
    slip = page.get_by_role("link", name="Baixar boleto em PDF").get_attribute("href")
    assert page.request.get(f"{live_server.url}{slip}").body().startswith(b"%PDF")
    bank(live_server, tmp_path, invoice_id, BankAct.BOLETO)
    expect(page.get_by_role("heading", name="Recebemos seu pagamento")).to_be_visible(timeout=WORK_S)
    press(page, "link", "Baixar recibo em PDF")


def test_trust_is_refused_with_the_reason_and_the_next_day(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    had_trust_before(live_server, tmp_path, "confianca@mercearia.example")
    page = phone(open_browser)
    come_in(page, live_server, "confianca@mercearia.example")
    expect(page.get_by_role("heading", name="Não consegue pagar agora?")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Liberar até"))).to_have_count(0)
    next_on = clock.day_of(clock.now()) - timedelta(days=10) + timedelta(days=90)
    expect(page.locator(".trust")).to_contain_text(f"a partir de {next_on:%d/%m/%Y}")
    check_at_both_sizes(page, check_accessibility)
    page.screenshot(path=str(tmp_path / "trust-refused-360.png"), full_page=True)


def had_trust_before(server: LiveServer, folder: Path, who: str) -> None:
    """A suspended customer whose release in trust is over."""
    with rows(server, folder) as session:
        house = make_house(session)
        house.customer.email = who
        now = clock.now()
        again = Setting(name=Name.TRUST_RELEASE_AGAIN_DAYS, value=90, changed_at=now, changed_by_name="Elisa")
        session.add(again)
        contract = suspended(session, house, now=now - timedelta(days=10))
        release_in_trust(session, house.customer, actor=None, given_to=who, now=now - timedelta(days=10))
        subscription_of(session, contract).service_state = ServiceState.SUSPENDED  # as the night leaves it
        contract.state = ContractState.SUSPENDED
