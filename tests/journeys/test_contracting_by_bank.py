"""From the accepted quote to active where the first payment goes through the bank: boleto, Pix, TED."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from portal.settings.rules import BY_NAME
from portal.settings.rules.names import Name
from portal.shared import clock
from tests.faults.people import ADMIN, sign_in
from tests.journeys import contracting
from tests.journeys.conftest import OpenBrowser
from tests.journeys.contracting import WORK_S, Journey, press
from tests.support.accessibility import CheckAccessibility
from tests.support.card_processor import GOOD
from tests.support.live_server import LiveServer

pytestmark = pytest.mark.browser

INVOICE_MAIL = "Fatura .*, vence em"
FINANCE = "carla@portal.example"
PROOF: FilePayload = {
    "name": "comprovante.png",
    "mimeType": "image/png",
    "buffer": b"\x89PNG\r\n\x1a\n" + bytes(40),  # what a browser and the portal know a picture by
}


class TestPaying:
    @pytest.mark.deep
    def test_by_boleto_leads_to_active(
        self, live_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        journey = signed(live_server, open_browser, method="boleto")
        customer, bank = journey.customer, open_browser()
        open_invoice(journey)
        expect(customer.get_by_role("img", name="QR code do Pix")).to_be_visible()
        customer.locator("summary", has_text="em registro no banco").tap()
        expect(customer.get_by_text("O banco ainda está registrando este boleto")).to_be_visible()
        check_accessibility(customer)
        sign_in(bank, live_server, FINANCE)
        act_as_bank(bank, journey, "Registra o boleto")
        line = customer.get_by_label("Linha digitável")
        expect(line).to_have_value(re.compile(r"^(\D*\d){47}\D*$"), timeout=WORK_S)
        check_accessibility(customer)
        act_as_bank(bank, journey, "Recebe o boleto", look=check_accessibility)
        expect_paid(journey, look=check_accessibility)
        contracting.expect_active(journey)

    @pytest.mark.deep
    def test_by_pix_leads_to_active(self, live_server: LiveServer, open_browser: OpenBrowser) -> None:
        journey = signed(live_server, open_browser, method="boleto")
        customer, bank = journey.customer, open_browser()
        open_invoice(journey)
        expect(customer.get_by_role("img", name="QR code do Pix")).to_be_visible()
        assert customer.get_by_label("Pix copia e cola").input_value().startswith("000201")
        sign_in(bank, live_server, FINANCE)
        act_as_bank(bank, journey, "Recebe um Pix")
        expect_paid(journey)
        contracting.expect_active(journey)

    @pytest.mark.deep
    def test_by_ted_before_boletos_leads_to_active(
        self, live_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        journey = signed(live_server, open_browser, method="ted_boleto")
        finance = open_browser()
        open_invoice(journey)
        check_accessibility(journey.customer)
        send_proof(journey)
        check_accessibility(journey.customer)
        sign_in(finance, live_server, FINANCE)
        open_ted(finance, journey)
        check_accessibility(finance)
        confirm_ted(finance)
        expect(finance.get_by_text("TED confirmada.")).to_be_visible()
        expect_paid(journey)
        contracting.expect_active(journey)

    @pytest.mark.deep
    def test_by_a_large_ted_before_the_card_leads_to_active_after_two_people(
        self, live_server: LiveServer, open_browser: OpenBrowser, check_accessibility: CheckAccessibility
    ) -> None:
        finance, admin = open_browser(), open_browser()
        sign_in(finance, live_server, FINANCE)
        sign_in(admin, live_server, ADMIN)
        ask_for_two_from(admin, live_server, "100")
        journey = signed(live_server, open_browser, method="ted_card")
        contracting.register_card(journey, GOOD)
        expect(journey.customer.get_by_role("heading", name="Cartão cadastrado")).to_be_visible(
            timeout=WORK_S
        )
        open_invoice(journey)
        send_proof(journey)
        open_ted(finance, journey)
        confirm_ted(finance)
        expect(finance.get_by_text("Falta a confirmação de outra pessoa do financeiro.")).to_be_visible()
        journey.customer.reload()
        expect(journey.customer.get_by_text("falta a segunda")).to_be_visible()
        open_ted(admin, journey)
        check_accessibility(admin)
        press(admin, "Confirmar também")
        expect(admin.get_by_text("TED confirmada.")).to_be_visible()
        expect_paid(journey)
        contracting.expect_active(journey)


def signed(server: LiveServer, open_browser: OpenBrowser, *, method: str) -> Journey:
    """A contract that only waits for its first payment."""
    journey = contracting.accepted_quote(server, open_browser, method=method)
    contracting.generate_contract(journey)
    contracting.sign(journey)
    return journey


def open_invoice(journey: Journey) -> None:
    """By the link in its mail."""
    journey.customer.goto(journey.link(INVOICE_MAIL, "pagar"))
    expect(journey.customer.get_by_role("heading", name="Pague sua fatura")).to_be_visible()


def send_proof(journey: Journey) -> None:
    page = journey.customer
    page.get_by_label("Comprovante da TED").set_input_files(PROOF)
    page.get_by_role("button", name="Enviar comprovante").tap()
    expect(page.get_by_text("Aviso de TED recebido")).to_be_visible()


def expect_paid(journey: Journey, *, look: CheckAccessibility = contracting.nothing) -> None:
    """The customer's open page finds out by itself."""
    page = journey.customer
    expect(page.get_by_role("heading", name="Recebemos seu pagamento")).to_be_visible(timeout=WORK_S)
    expect(page.get_by_text(f"liberado até {contracting.released_until()}")).to_be_visible()
    look(page)


def act_as_bank(
    page: Page, journey: Journey, act: str, *, look: CheckAccessibility = contracting.nothing
) -> None:
    """On the page of the test bank, as a tester of finance."""
    page.get_by_role("link", name="Pagamentos", exact=True).first.click()
    page.get_by_role("link", name="Banco de teste").click()
    look(page)
    page.get_by_label("Buscar").fill(number_of_invoice(journey))
    press(page, "Filtrar")
    page.get_by_role("row", name=journey.signatory.customer_document).get_by_role("link").click()
    page.get_by_label(act).check()
    look(page)
    press(page, "Fazer")
    expect(page.get_by_text("O banco avisou o portal.")).to_be_visible()


def number_of_invoice(journey: Journey) -> str:
    """As the mail about it has it."""
    found = re.search(r"[0-9]+", str(journey.letter(INVOICE_MAIL)["Subject"]))
    assert found
    return found[0]


def open_ted(page: Page, journey: Journey) -> None:
    """From the menu to the TED that waits."""
    page.get_by_role("link", name="Pagamentos", exact=True).first.click()
    page.get_by_role("link", name="TEDs a confirmar").click()
    page.get_by_role("row", name=journey.signatory.customer_document).get_by_role("link").click()
    expect(page.get_by_role("link", name="Abrir comprovante")).to_be_visible()


def confirm_ted(page: Page) -> None:
    """As the bank's statement of today has it."""
    open_amount = page.get_by_text("Em aberto na fatura", exact=True).locator("+ p").inner_text()
    page.get_by_label("Valor no extrato").fill(re.sub(r"[^\d,]", "", open_amount))
    page.get_by_label("Dia do crédito").fill(clock.day_of(clock.now()).isoformat())
    press(page, "Confirmar TED")


def ask_for_two_from(page: Page, server: LiveServer, reais: str) -> None:
    """The admin has TEDs confirmed by two people from this amount."""
    page.goto(f"{server.url}/configuracoes")
    page.get_by_label(BY_NAME[Name.TED_FOUR_EYES_REAIS].label).fill(reais)
    page.get_by_role("button", name="Salvar").click()
