"""A customer at a phone, by keyboard alone: an agreement simulated and signed; another day to pay on."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import func, select

from portal.app import create_app
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.shared import clock
from portal.shared.auth import Role
from tests.factories.contracts import make_contract
from tests.factories.overdue import suspended
from tests.factories.quotes import make_house
from tests.factories.users import make_user
from tests.faults.people import rows_of, sign_in
from tests.journeys.conftest import OpenBrowser
from tests.journeys.contracting import PHONE, WORK_S, found_in
from tests.support.accessibility import CheckAccessibility
from tests.support.application import settings_for
from tests.support.live_server import LiveServer
from tests.support.ports import wait_until

pytestmark = pytest.mark.browser
MARIA = "maria@paoquente.com.br"  # the signatory of every customer of the factories
PAULA = "paula@vencimento.example"
CODE = r"^ +(\d{3} \d{3})\s*$"


def people(server: LiveServer, folder: Path, *, is_late: bool, address: str = MARIA) -> None:
    """A customer whose people are at an address; the tests of this module share a portal."""
    app = create_app(settings_for(server.database_url, folder))
    with app.app_context(), rows_of(server.database_url) as session:
        house = make_house(session)
        house.customer.email = address
        if is_late:
            suspended(session, house, now=clock.now())
        else:
            make_contract(session, house, state=ContractState.ACTIVE, now=clock.now())


def press(page: Page, role: str, name: str | re.Pattern[str]) -> None:
    """Reach something by the keyboard and use it."""
    found = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
    found.focus()
    page.keyboard.press("Space" if role in {"checkbox", "radio"} else "Enter")


def type_into(page: Page, label: str, text: str) -> None:
    """Type a text in place of what stands in a field."""
    page.get_by_label(label).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def come_in(page: Page, server: LiveServer, address: str = MARIA) -> None:
    before = len(links(server, address))
    page.goto(f"{server.url}/assinante/entrar")
    type_into(page, "E-mail", address)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Confira seu e-mail")
    wait_until(lambda: len(links(server, address)) > before, what="the mail with the link", timeout_s=30)
    page.goto(links(server, address)[-1])
    press(page, "button", "Entrar")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sua conta")


def links(server: LiveServer, address: str) -> list[str]:
    mails = [
        mail
        for mail in server.mail.to(address)
        if "Central" in str(mail["Subject"]) or "acess" in str(mail["Subject"])
    ]
    return [found_in(mail, r"(http://\S+/assinante/entrar/[\w-]+)") for mail in mails]


def code_of(server: LiveServer, *, after: int) -> str:
    def codes() -> list[str]:
        found = []
        for mail in server.mail.messages[after:]:
            body = mail.get_body(("plain",))
            text = str(body.get_content()) if body else ""
            found += re.findall(CODE, text, re.MULTILINE)
        return found

    wait_until(lambda: bool(codes()), what="the mail with the code", timeout_s=30)
    return codes()[-1]


@pytest.mark.deep
def test_joins_what_is_late_signs_and_pays_the_entry(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    people(live_server, tmp_path, is_late=True)
    page = open_browser(has_touch=True, is_mobile=True)
    page.set_viewport_size(PHONE)
    come_in(page, live_server)
    press(page, "link", "Parcelar o que está vencido em um acordo")
    expect(page.get_by_role("heading", name="Como fica")).to_be_visible()
    check_accessibility(page)
    type_into(page, "Parcelas depois da entrada", "2")
    press(page, "button", "Calcular de novo")
    expect(page.get_by_text(re.compile("Parcela 2 de 2, vence em"))).to_be_visible()
    press(page, "button", "Pedir este acordo")
    expect(page.get_by_text("Falta assinar")).to_be_visible()
    check_accessibility(page)
    wait_until(lambda: "Acordo AC-" in asked_to_sign(live_server), what="the paper", timeout_s=60)
    page.reload()
    press(page, "button", "Ler e assinar")
    expect(page.get_by_text("Total do acordo").first).to_be_visible()
    check_accessibility(page)
    before = len(live_server.mail.messages)
    press(page, "checkbox", "Li e concordo com os termos")
    press(page, "button", "Continuar para assinar")
    type_into(page, "Nome completo", "Maria da Silva")
    type_into(page, "CPF", "529.982.247-25")
    type_into(page, "Código recebido por e-mail", code_of(live_server, after=before))
    press(page, "button", "Confirmar assinatura")
    expect(page.get_by_role("link", name="Baixar o documento assinado")).to_be_visible(timeout=WORK_S)
    page.goto(f"{live_server.url}/assinante/acordo")
    press(page, "link", re.compile("^Ver acordo AC-"))
    expect(page.get_by_text("Acordo assinado: falta a entrada")).to_be_visible()
    check_accessibility(page)
    press(page, "button", "Pagar Entrada")
    expect(page.get_by_text(re.compile("Acordo AC-000001, entrada")).first).to_be_visible()
    check_accessibility(page)


def asked_to_sign(server: LiveServer) -> str:
    return " ".join(str(mail["Subject"]) for mail in server.mail.to(MARIA))


@pytest.mark.deep
def test_chooses_another_day_to_pay_on(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    people(live_server, tmp_path, is_late=False, address=PAULA)
    page = open_browser(has_touch=True, is_mobile=True)
    page.set_viewport_size(PHONE)
    come_in(page, live_server, PAULA)
    press(page, "link", "Mudar o dia do vencimento")
    expect(page.get_by_text("Hoje vence no dia 15")).to_be_visible()
    press(page, "radio", "Dia 25")
    press(page, "button", "Simular")
    expect(page.get_by_role("heading", name="Como fica com vencimento no dia 25")).to_be_visible()
    check_accessibility(page)
    press(page, "button", "Mudar para o dia 25")
    expect(page.get_by_text(re.compile("seu vencimento agora é no dia 25"))).to_be_visible()
    check_accessibility(page)


@pytest.mark.deep
def test_is_simulated_by_finance_and_listed(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    people(live_server, tmp_path, is_late=True)
    with rows_of(live_server.database_url) as session:
        make_user(session, role=Role.FINANCE, email="dora@portal.example")
        customer_id = session.scalars(select(func.max(Invoice.customer_id))).one()
    page = open_browser()
    sign_in(page, live_server, "dora@portal.example", "boa noite padaria")
    page.goto(f"{live_server.url}/clientes/{customer_id}/acordo")
    type_into(page, "Parcelas", "3")
    press(page, "button", "Simular")
    expect(page.get_by_role("heading", name="Como fica")).to_be_visible()
    check_accessibility(page)
    press(page, "button", "Enviar para assinatura")
    expect(page.get_by_text(re.compile("recebe o link por e-mail"))).to_be_visible()
    check_accessibility(page)
    page.goto(f"{live_server.url}/acordos")
    expect(page.locator("a.row-title").first).to_be_visible()
    check_accessibility(page)
