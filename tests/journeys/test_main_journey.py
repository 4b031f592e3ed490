"""A reseller prices, negotiates and sends; the account manager counters; the customer accepts."""

import re
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from playwright.sync_api import Locator, Page, expect

from portal.demo.accounts import PASSWORD
from tests.journeys.conftest import OpenBrowser
from tests.support.accessibility import CheckAccessibility
from tests.support.live_server import LiveServer
from tests.support.ports import wait_until

pytestmark = pytest.mark.browser

SELLER, MANAGER = "rafael@norte.example", "ana@portal.example"  # a prata partner: 10 % authority
LINK = re.compile(r"http://[^\s\"<]+/p/[\w-]+")
# Hiper Gestão with 3 users and 2 registers, NFS-e, Gestão de preços: the example of the pricing rules.
ORIGINAL, MINIMUM = "R$\u00a0299,60", "R$\u00a0217,60"
TOO_LOW, BEYOND_AUTHORITY, COUNTERED = "217,59", "250,00", "262,00"

type Look = Callable[[Page], None]


def nothing(_page: Page) -> None:
    """Without JavaScript axe cannot run."""


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def sign_in(page: Page, server: LiveServer, email: str, look: Look) -> None:
    page.goto(server.url)
    look(page)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha", exact=True).fill(PASSWORD)
    press(page, "Entrar")
    expect(page).to_have_url(f"{server.url}/")
    look(page)


def choose_customer_and_plan(page: Page, look: Look) -> None:
    """From the menu to the builder."""
    page.get_by_role("link", name="Clientes", exact=True).first.click()
    look(page)
    page.locator("a.row-title").first.click()
    look(page)
    page.get_by_role("link", name="Contratar", exact=True).click()
    look(page)
    page.get_by_role("link", name=re.compile("Hiper Gestão")).click()
    expect(page.locator("h1")).to_have_text("Geração de Contratos")


def mail_with_link(server: LiveServer, known: int) -> EmailMessage:
    """The proposal's mail, once it arrived."""

    def newer() -> list[EmailMessage]:
        arrived = server.mail.messages[known:]
        return [each for each in arrived if str(each["Subject"]).startswith("Sua proposta")]

    wait_until(lambda: bool(newer()), what="the proposal's mail")
    (message,) = newer()
    return message


def link_in(message: EmailMessage) -> str:
    """The link, the same in both bodies."""
    bodies = [message.get_body((kind,)) for kind in ("plain", "html")]
    (link,) = {str(LINK.findall(body.get_content())[0]) for body in bodies if body}
    return link


def answered_by_manager(page: Page, server: LiveServer, look: Look) -> None:
    """The account manager opens his queue and counters."""
    sign_in(page, server, MANAGER, look)
    page.get_by_role("link", name="Aprovações").first.click()
    request = page.locator("article.request", has_text="Concorrente oferece menos")
    expect(request).to_have_count(1)
    expect(request).to_contain_text("250,00")
    look(page)
    request.locator("summary", has_text="Contrapropor").click()
    request.get_by_label("Mensalidade que você aprova").fill(COUNTERED)
    look(page)
    request.get_by_role("button", name="Enviar contraproposta").click()
    expect(page.get_by_text("Contraproposta enviada")).to_be_visible()


def accepted_counter_and_sent(page: Page, quote_url: str, server: LiveServer, look: Look) -> EmailMessage:
    """The reseller takes the counter-offer and mails the proposal."""
    page.goto(quote_url)
    expect(page.get_by_text("R$\u00a0262,00").first).to_be_visible()
    look(page)
    press(page, "Aceitar a contraproposta")
    expect(page.get_by_text("Contraproposta aceita.")).to_be_visible()
    look(page)
    known = len(server.mail.messages)
    press(page, "Enviar por e-mail")
    expect(page.get_by_text("Proposta enviada ao cliente por e-mail.")).to_be_visible()
    look(page)
    return mail_with_link(server, known)


def accepted_by_customer(page: Page, link: str, look: Look) -> None:
    """The customer opens the mailed link and accepts."""
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Sua proposta")
    expect(page.get_by_text("R$\u00a0262,00").first).to_be_visible()
    look(page)
    press(page, "Aceitar esta proposta")
    expect(page.locator("h1")).to_have_text("Proposta aceita")
    look(page)


def seen_as_accepted(page: Page, quote_url: str, look: Look) -> None:
    """The seller sees the answer on the quote, in the list and in the customer's history."""
    page.goto(quote_url)
    expect(page.get_by_text("Aceito pelo cliente")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Orçamentos", exact=True).first.click()
    expect(page.locator("tbody tr").first).to_contain_text("Aceito")
    look(page)
    page.get_by_role("link", name="Quadro").click()
    look(page)


def no_secret_in_the_log(server: LiveServer, link: str) -> None:
    assert link.rpartition("/")[2] not in server.log.read_text()


class TestTheMainJourney:
    def test_leads_from_sign_in_to_accepted(
        self, live_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        seller = open_browser()
        look = check_accessibility
        sign_in(seller, live_server, SELLER, look)
        choose_customer_and_plan(seller, look)
        look(seller)
        seller.locator("#quantity_user").fill("3")
        seller.locator("#quantity_register").fill("2")
        seller.get_by_label("Forma de pagamento").select_option("TED / Boleto")
        self._choose_apps(seller, look)
        expect(seller.locator("#sums .sum-main")).to_contain_text(ORIGINAL)

        seller.locator("summary", has_text="Negociar").click()
        total = seller.get_by_label("Negociado: total por mês")
        total.fill(TOO_LOW)
        alert = seller.get_by_role("alert").filter(has_text="O valor mínimo desta negociação é")
        expect(alert).to_have_text(f"O valor mínimo desta negociação é {MINIMUM}.")
        expect(total).to_have_attribute("aria-describedby", "total-error")
        look(seller)
        total.fill(BEYOND_AUTHORITY)
        expect(alert).to_have_count(0)
        expect(seller.get_by_text("Este valor precisa da aprovação de Ana Souza.")).to_be_visible()
        look(seller)
        seller.get_by_label("Por que este valor").fill("Concorrente oferece menos")
        press(seller, "Enviar para aprovação")
        expect(seller).to_have_url(re.compile(r"/orcamentos/\d+$"))
        expect(seller.get_by_text("Em aprovação").first).to_be_visible()
        look(seller)

        quote_url = seller.url
        answered_by_manager(open_browser(), live_server, look)
        mail = accepted_counter_and_sent(seller, quote_url, live_server, look)
        accepted_by_customer(open_browser(), link_in(mail), look)
        seen_as_accepted(seller, quote_url, look)
        no_secret_in_the_log(live_server, link_in(mail))

    def _choose_apps(self, page: Page, look: Look) -> None:
        press(page, "Adicionar aplicativos")
        page.get_by_label("Buscar aplicativo").fill("precos")
        page.get_by_label(re.compile("Gestão de preços")).check()
        page.get_by_label("Buscar aplicativo").fill("")
        page.get_by_label(re.compile("NFS-e")).check()
        look(page)
        page.get_by_role("dialog").get_by_role("button", name="Concluir").first.click()

    def test_leads_there_without_javascript_too(
        self, live_server: LiveServer, open_browser: OpenBrowser
    ) -> None:
        seller = open_browser(java_script_enabled=False)
        sign_in(seller, live_server, SELLER, nothing)
        choose_customer_and_plan(seller, nothing)
        seller.locator("#quantity_user").fill("3")
        seller.locator("#quantity_register").fill("2")
        seller.get_by_label(re.compile("Gestão de preços")).check()
        seller.get_by_label(re.compile("NFS-e")).check()
        seller.get_by_label("Forma de pagamento").select_option("TED / Boleto")
        recalculate(seller)
        expect(seller.locator("#sums .sum-main")).to_contain_text(ORIGINAL)

        seller.locator("summary", has_text="Negociar").click()
        seller.get_by_label("Negociado: total por mês").fill(TOO_LOW)
        recalculate(seller)
        expect(seller.locator("#total-error")).to_have_text(f"O valor mínimo desta negociação é {MINIMUM}.")
        expect(seller.get_by_label("Negociado: total por mês")).to_have_value(TOO_LOW)
        seller.get_by_label("Negociado: total por mês").fill(BEYOND_AUTHORITY)
        recalculate(seller)
        seller.get_by_label("Por que este valor").fill("Concorrente oferece menos")
        press(seller, "Enviar para aprovação")
        expect(seller).to_have_url(re.compile(r"/orcamentos/\d+$"))

        quote_url = seller.url
        answered_by_manager(open_browser(java_script_enabled=False), live_server, nothing)
        mail = accepted_counter_and_sent(seller, quote_url, live_server, nothing)
        accepted_by_customer(open_browser(java_script_enabled=False), link_in(mail), nothing)
        seen_as_accepted(seller, quote_url, nothing)


def recalculate(page: Page) -> None:
    """Press the button that stands there without JavaScript."""
    page.locator("button.without-script", has_text="Recalcular").click()


class TestTheBuilderByKeyboardAlone:
    def test_prices_negotiates_and_saves(self, live_server: LiveServer, open_browser: OpenBrowser) -> None:
        page = open_browser()
        sign_in(page, live_server, SELLER, nothing)
        choose_customer_and_plan(page, nothing)
        tab_to(page, page.locator("#quantity_user"))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("3")
        tab_to(page, page.locator("#term_monthly"))
        page.keyboard.press("ArrowDown")
        expect(page.locator("#term_semiannual")).to_be_checked()
        page.keyboard.press("ArrowUp")
        tab_to(page, page.get_by_role("button", name="Adicionar aplicativos"))
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        tab_to(page, page.get_by_label(re.compile("Gestão de preços")))
        page.keyboard.press("Space")
        tab_to(page, page.get_by_role("dialog").get_by_role("button", name="Concluir").first)
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.get_by_role("button", name="Adicionar aplicativos")).to_be_focused()
        tab_to(page, page.locator("summary", has_text="Negociar"))
        page.keyboard.press("Enter")
        tab_to(page, page.locator("#total"))
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("1")
        expect(page.locator("#total-error")).to_be_visible()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("238")
        expect(page.locator("#total-error")).to_have_count(0)
        expect(page.locator("#sums .sum-main")).to_contain_text("238,00")
        tab_to(page, page.get_by_role("button", name="Gerar proposta"))
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/orcamentos/\d+$"))
        expect(page.get_by_text("238,00").first).to_be_visible()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as the reading order leads to it."""
    for _ in range(150):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not lead to {target}")
