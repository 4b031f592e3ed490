"""Support on the phone, by keyboard alone: helps a customer pay, and takes a whole cancellation.

All of it on the customer's record, looked at on a desk's screen and on a phone's.
"""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, ViewportSize, expect

from portal.contracts.rules.states import ContractState
from portal.dunning.operations.calls import ask_to_call
from portal.dunning.queries.reading import get_message
from portal.sandbox_bank.rules.acts import BankAct
from portal.shared import clock
from tests.factories.contracts import make_contract
from tests.factories.dunning import dunning_of
from tests.factories.overdue import invoices_of, suspended
from tests.factories.quotes import make_house
from tests.journeys.conftest import OpenBrowser
from tests.journeys.contracting import WORK_S, found_in
from tests.journeys.test_agreement import MARIA, press
from tests.journeys.test_home import sign_in
from tests.journeys.test_paying import bank, check_at_both_sizes, rows
from tests.support.accessibility import CheckAccessibility
from tests.support.live_server import LiveServer
from tests.support.ports import wait_until

pytestmark = pytest.mark.browser
DAVI = "davi@portal.example"
WIDE: ViewportSize = {"width": 1280, "height": 900}


def call_to_make(server: LiveServer, folder: Path) -> tuple[int, int, int]:
    """A call that waits, to a customer who is suspended: customer, message and invoice."""
    with rows(server, folder) as session:
        house, now = make_house(session, name="Quitanda da Lia Ltda"), clock.now()
        contract = suspended(session, house, now=now)
        invoice = invoices_of(session, contract)[0]
        called = dunning_of(session, house, invoice, make_house(session).customer)
        message = get_message(session, int(called["dunning_message"]))
        ask_to_call(session, message, now=now)
        return house.customer.id, message.id, invoice.id


def customer_who_pays(server: LiveServer, folder: Path) -> int:
    """A customer with one contract, paid for some time to come."""
    with rows(server, folder) as session:
        house = make_house(session, name="Empório do Vale Ltda")
        make_contract(session, house, state=ContractState.ACTIVE, now=clock.now(), quantities={"user": 3})
        return house.customer.id


def fill(page: Page, field: str, words: str) -> None:
    page.locator(field).focus()
    page.keyboard.type(words)


def choose(page: Page, field: str, option: str) -> None:
    """Of a list, as one types the first letters of what one wants."""
    chosen = page.locator(field)
    chosen.focus()
    page.keyboard.type(option)
    expect(chosen.locator("option:checked")).to_have_text(option)


def mailed(server: LiveServer, *, about: str, found: str) -> str:
    """What the last mail to the signatory with a word in its subject says, once it is there."""

    def texts() -> list[str]:
        mails = [mail for mail in server.mail.to(MARIA) if about in str(mail["Subject"])]
        return [found_in(mail, found) for mail in mails]

    wait_until(lambda: bool(texts()), what=f"the mail about {about}", timeout_s=30)
    return texts()[-1]


@pytest.mark.deep
def test_helps_to_pay_during_the_call(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    customer_id, message_id, invoice_id = call_to_make(live_server, tmp_path)
    page = open_browser()
    page.set_viewport_size(WIDE)
    sign_in(page, live_server, DAVI)
    page.goto(f"{live_server.url}/regua/ligacoes")
    check_at_both_sizes(page, check_accessibility)
    page.set_viewport_size(WIDE)
    page.locator(f'a[href="/regua/ligacao/{message_id}"]').focus()
    page.keyboard.press("Enter")
    expect(page.locator("#roteiro").get_by_text("Olá, Maria")).to_have_count(1)  # greeted once
    check_at_both_sizes(page, check_accessibility)
    page.screenshot(path=str(tmp_path / "call-360.png"), full_page=True)

    press(page, "button", "Mandar Pix e boleto por e-mail")
    expect(page.get_by_text(re.compile("sai agora por e-mail para"))).to_be_visible()
    assert "/pagar/" in mailed(live_server, about="Fatura", found=r"(http://\S+/pagar/[\w-]+)")
    bank(live_server, tmp_path, invoice_id, BankAct.PIX)
    expect(page.get_by_text(re.compile(r"A fatura \d+ está paga"))).to_be_visible(timeout=WORK_S)
    assert page.url.endswith(f"/regua/ligacao/{message_id}")  # it said so by itself
    check_at_both_sizes(page, check_accessibility)
    page.screenshot(path=str(tmp_path / "call-paid-360.png"), full_page=True)

    choose(page, "#call-outcome", "Pagou durante a ligação")
    press(page, "button", "Encerrar a ligação")
    expect(page.get_by_text("Ligação registrada.")).to_be_visible()
    page.goto(f"{live_server.url}/clientes/{customer_id}/movimentacoes")
    expect(page.get_by_text(re.compile("Pagou durante a ligação")).first).to_be_visible()


@pytest.mark.deep
def test_registers_argues_decides_and_formalizes_a_cancellation(
    live_server: LiveServer,
    open_browser: OpenBrowser,
    check_accessibility: CheckAccessibility,
    tmp_path: Path,
) -> None:
    customer_id = customer_who_pays(live_server, tmp_path)
    page, colleague = open_browser(), open_browser()
    for person, who in ((page, DAVI), (colleague, "elisa@portal.example")):
        sign_in(person, live_server, who)
        person.goto(f"{live_server.url}/clientes/{customer_id}")
    press(page, "link", "Pedido de cancelamento")
    expect(page.locator("#reason")).to_be_visible()
    check_at_both_sizes(page, check_accessibility)
    choose(page, "#reason", "Preço")
    fill(page, "#words", "Achou caro para o movimento da loja.")
    press(page, "button", "Registrar o pedido")
    heading = page.get_by_role("heading", level=1, name=re.compile(r"^Cancelamento \d{4}-\d{6}$"))
    protocol = heading.inner_text().removeprefix("Cancelamento ")
    expect(page.locator("#needs").get_by_text(protocol)).to_be_visible()
    expect(colleague.get_by_text(f"Pedido de cancelamento {protocol}")).to_be_visible(timeout=30_000)
    assert mailed(live_server, about=protocol, found=r"(\d{2}/\d{2}/\d{4} \d{2}:\d{2})")
    check_at_both_sizes(page, check_accessibility)
    page.screenshot(path=str(tmp_path / "case-360.png"), full_page=True)

    choose(page, "#offer", "Desconto")
    choose(page, "#answer", "Recusou")
    fill(page, "form[action$=conversa] #words", "Ofereci 20 % por três meses, não quis.")
    press(page, "button", "Anotar")
    expect(page.get_by_text("Ofereci 20 % por três meses, não quis.")).to_be_visible()

    settlement = page.locator("#acerto")
    expect(settlement.get_by_text(re.compile(r"o serviço funciona até \d{2}/\d{2}/\d{4}"))).to_be_visible()
    expect(settlement.get_by_text(re.compile("repasse"))).to_be_visible()
    fill(page, "#confirm-words", "Vai fechar a segunda loja e não precisa mais.")
    press(page, "button", "Cancelar o contrato")
    expect(page.get_by_text("Contrato cancelado. O serviço funciona até")).to_be_visible()
    check_at_both_sizes(page, check_accessibility)
    page.screenshot(path=str(tmp_path / "canceled-360.png"), full_page=True)
    receipt = mailed(live_server, about="cancelado", found=r"(http://\S+/comprovante\.pdf)")
    assert page.request.get(receipt).body().startswith(b"%PDF")
    slip = page.get_by_role("link", name="Comprovante (PDF)").get_attribute("href")
    assert page.request.get(f"{live_server.url}{slip}").body().startswith(b"%PDF")

    press(page, "link", "Resumo")  # all of it was on the customer's record
    page.wait_for_url(f"{live_server.url}/clientes/{customer_id}")
    expect(page.get_by_text("Encerrando", exact=True).first).to_be_visible()
