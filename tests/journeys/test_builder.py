"""The quote builder in a real browser: typing, sliding, choosing, on a wide screen and on a phone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect

from portal.shared.db import db
from portal.users.models import User
from tests.factories.catalog import make_price_list
from tests.factories.quotes import make_house
from tests.factories.users import PASSWORD
from tests.support.accessibility import CheckAccessibility
from tests.support.card_processor import CardProcessor
from tests.support.databases import Database
from tests.support.live_server import serving
from tests.support.smtp import MailServer

pytestmark = pytest.mark.browser

SELLER = "bruno@revenda.example"
PHONE = {"width": 360, "height": 740}
ANNOUNCED = re.compile(r"O valor mínimo desta negociação é R\$\s149,90\.")


@dataclass(frozen=True)
class Shop:
    """A running portal with one seller and one customer."""

    url: str
    customer_id: int

    def sign_in(self, page: Page) -> None:
        page.goto(f"{self.url}/entrar")
        page.get_by_label("E-mail").fill(SELLER)
        page.get_by_label("Senha", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Entrar").click()
        expect(page).not_to_have_url(re.compile("/entrar"))

    def open_builder(self, page: Page, plan: str = "gestao") -> None:
        self.sign_in(page)
        page.goto(f"{self.url}/orcamentos/novo?cliente={self.customer_id}&plano={plan}")

    def open_draft(self, page: Page) -> None:
        """A draft with an address of its own, opened to edit."""
        self.open_builder(page)
        page.get_by_role("button", name="Gerar proposta").click()
        expect(page).to_have_url(re.compile(r"/orcamentos/\d+$"))
        page.goto(f"{page.url}/editar")


@pytest.fixture(scope="module")
def shop(
    portal: Flask, database: Database, tmp_path_factory: pytest.TempPathFactory, card_sandbox: CardProcessor
) -> Iterator[Shop]:
    database.restore("empty")
    with portal.app_context():
        make_price_list(db.session, "demo-2020", valid_from=date(2020, 1, 1))  # whatever day it is today
        house = make_house(db.session)
        db.session.get_one(User, house.seller.user_id).email = SELLER
        customer_id = house.customer.id
        db.session.commit()
        db.engine.dispose()
    mail = MailServer()
    with serving(database.url, tmp_path_factory.mktemp("shop"), mail, cards=card_sandbox) as server:
        yield Shop(server.url, customer_id)


def negotiate(page: Page) -> None:
    page.locator("summary", has_text="Negociar").click()


def total(page: Page) -> None:
    """Put the caret into the negotiated total, everything selected."""
    page.locator("#total").click()
    page.keyboard.press("ControlOrMeta+a")


class TestTyping:
    def test_recalculates_without_leaving_the_field_or_the_page(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        page.evaluate("window.samePage = true")
        negotiate(page)
        total(page)
        page.keyboard.type("190,5", delay=40)
        expect(page.locator("#sums .sum-main")).to_contain_text("190,50")
        expect(page.locator("#total")).to_be_focused()
        expect(page.locator("#total")).to_have_value("190,5")
        page.keyboard.type("5")
        expect(page.locator("#sums .sum-main")).to_contain_text("190,55")
        expect(page.locator("[name='line_plan:gestao']")).to_have_value("190,55")
        assert page.evaluate("window.samePage")

    @pytest.mark.deep
    def test_keeps_the_caret_in_the_middle_of_a_number(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        negotiate(page)
        page.locator("#total").click()
        page.locator("#total").evaluate("field => field.setSelectionRange(1, 3)")
        page.keyboard.type("8")  # 199,90 becomes 18,90
        expect(page.locator("#total-error")).to_be_visible()
        assert page.locator("#total").evaluate("field => field.selectionStart") == 2
        page.keyboard.type("1")
        expect(page.locator("#sums .sum-main")).to_contain_text("181,90")

    def test_below_the_minimum_alerts_at_the_field_at_once(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        negotiate(page)
        total(page)
        page.keyboard.type("149,89")
        alert = page.locator("#total-error")
        expect(alert).to_have_text(ANNOUNCED)
        expect(alert).to_have_attribute("role", "alert")
        expect(page.locator("#sums .sum-main")).to_contain_text("—")
        page.keyboard.press("Backspace")
        page.keyboard.type("9")
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("149,90")
        expect(alert).to_have_count(0)

    @pytest.mark.deep
    def test_below_the_minimum_of_a_line_alerts_at_that_line(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        negotiate(page)
        line = page.get_by_label("Negociado: Hiper Gestão")
        line.fill("100")
        expect(line).to_have_attribute("aria-invalid", "true")
        expect(page.locator("#rows [role=alert]")).to_contain_text("O valor mínimo de Hiper Gestão é")
        expect(line).to_be_focused()

    def test_asks_for_the_account_managers_approval_beyond_the_authority(
        self, page: Page, shop: Shop
    ) -> None:
        shop.open_builder(page)
        negotiate(page)
        total(page)
        page.keyboard.type("170")
        expect(page.get_by_text("Este valor precisa da aprovação de Ana Souza.")).to_be_visible()
        expect(page.get_by_role("button", name="Enviar para aprovação")).to_be_visible()
        expect(page.get_by_role("button", name="Gerar proposta")).to_be_hidden()

    def test_tells_a_screen_reader_the_new_figures(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        page.get_by_label("Usuários").fill("3")
        expect(page.locator("#announcements")).to_contain_text("Mensalidade R$ 219,80. Valor de repasse R$")


class TestChoosing:
    @pytest.mark.deep
    def test_a_longer_term_shows_its_price_and_saving(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        expect(page.locator("#terms")).to_contain_text("economiza R$ 480,00")
        page.get_by_label("Anual").check()
        expect(page.locator("#sums .sum-main")).to_contain_text("159,90")

    def test_the_other_plan_keeps_what_fits_and_says_what_left(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        page.get_by_label("Usuários").fill("9")
        expect(page.locator("#sums .sum-main")).to_contain_text("339,20")
        page.get_by_label("Hiper Mini").check()
        expect(page.locator("#notes")).to_contain_text("9 no total passou a 3, máximo do Hiper Mini")
        expect(page.get_by_label("Usuários")).to_have_value("3")
        expect(page.get_by_label("Filiais")).not_to_be_editable()

    @pytest.mark.deep
    def test_a_card_brings_the_installments(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        page.get_by_label("Anual").check()
        page.get_by_label("Forma de pagamento").select_option("card")
        page.get_by_label("Número de parcelas").select_option("12")
        expect(page.locator("#sums")).to_contain_text("em 12 parcelas")

    @pytest.mark.deep
    def test_before_the_scripts_are_there_counts_as_soon_as_they_are(self, page: Page, shop: Shop) -> None:
        shop.sign_in(page)
        late: list[Route] = []

        def hold(route: Route) -> None:
            late.append(route)

        page.route("**/vendor/htmx.min.js*", hold)
        address = f"{shop.url}/orcamentos/novo?cliente={shop.customer_id}&plano=gestao"
        page.goto(address, wait_until="commit")
        page.get_by_label("Usuários").fill("3")
        page.get_by_label("Forma de pagamento").select_option("card")
        late.pop().continue_()
        expect(page.locator("#sums .sum-main")).to_contain_text("219,80")
        expect(page.locator("#sums")).to_contain_text("cartão")

    def test_apps_in_the_dialog_with_search_bring_the_new_total(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        page.get_by_role("button", name="Adicionar aplicativos").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Buscar aplicativo").fill("nfs")
        expect(dialog.get_by_label("Boletos")).to_be_hidden()
        dialog.get_by_label("NFS-e").check()
        expect(dialog.locator("#apps_total")).to_contain_text("229,80")
        dialog.get_by_role("button", name="Concluir").click()
        expect(dialog).to_be_hidden()
        expect(page.locator("#chips")).to_contain_text("NFS-e")
        expect(page.locator("#sums .sum-main")).to_contain_text("229,80")

    @pytest.mark.deep
    def test_an_app_leaves_by_its_cross_and_the_focus_stays_near(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        page.get_by_role("button", name="Adicionar aplicativos").click()
        page.get_by_label("NFS-e").check()
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Remover NFS-e").click()
        expect(page.locator("#chips")).to_contain_text("Nenhum aplicativo ainda")
        expect(page.get_by_role("button", name="Adicionar aplicativos")).to_be_focused()


class TestWhatIf:
    def test_the_slider_sets_the_price_within_minimum_and_original(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        negotiate(page)
        slider = page.get_by_label("E se fosse…")
        assert (slider.get_attribute("min"), slider.get_attribute("max")) == ("14990", "19990")
        slider.focus()
        page.keyboard.press("Home")
        expect(page.locator("#total")).to_have_value("149,90")
        expect(page.locator("#sums .sum-main")).to_contain_text("149,90")
        page.keyboard.press("End")
        expect(page.locator("#sums .sum-main")).to_contain_text("199,90")

    @pytest.mark.deep
    def test_a_wanted_repasse_gives_its_price_to_take_over(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        negotiate(page)
        page.get_by_label("Quero um repasse de").fill("90")
        expect(page.locator("#goal_answer")).to_contain_text("por mês, repasse de R$ 90,00")
        page.get_by_role("button", name="Usar este valor").click()
        expect(page.locator("#sums .sum-last")).to_contain_text("90,00")

    @pytest.mark.deep
    def test_goes_back_to_the_originals_by_one_button(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        negotiate(page)
        total(page)
        page.keyboard.type("170")
        expect(page.locator("#sums .sum-main")).to_contain_text("170,00")
        page.get_by_role("button", name="Voltar aos valores originais").click()
        expect(page.locator("#sums .sum-main")).to_contain_text("199,90")
        expect(page.locator("#total")).to_have_value("199,90")


class TestADraftOnTheScreen:
    def test_saves_itself_when_the_typist_pauses(self, page: Page, shop: Shop) -> None:
        shop.open_draft(page)
        with page.expect_response(re.compile("/editar$")) as answer:
            page.get_by_label("Usuários").fill("4")
        assert "action=autosave" in (answer.value.request.post_data or "")
        expect(page.locator("#saved_at")).to_contain_text(re.compile(r"salvo às \d\d:\d\d"))
        page.get_by_role("button", name="Gerar proposta").click()
        expect(page).to_have_url(re.compile(r"/orcamentos/\d+$"))

    def test_open_in_two_tabs_says_who_saved_first(self, page: Page, shop: Shop) -> None:
        shop.open_draft(page)
        other = page.context.new_page()
        other.goto(page.url)
        other.get_by_label("Usuários").fill("5")
        other.get_by_role("button", name="Gerar proposta").click()
        expect(other).to_have_url(re.compile(r"/orcamentos/\d+$"))
        page.get_by_label("Usuários").fill("4")
        page.get_by_role("button", name="Gerar proposta").click()
        expect(page.get_by_role("heading", name="Bruno Lima salvou este rascunho em")).to_be_visible()
        expect(page.get_by_label("Usuários")).to_have_value("4")
        page.get_by_role("button", name="Salvar o meu no lugar").click()
        expect(page).to_have_url(re.compile(r"/orcamentos/\d+$"))


class TestASessionThatEnds:
    def test_loses_nothing_that_was_typed(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        page.get_by_label("Usuários").fill("6")
        expect(page.locator("#sums .sum-main")).to_contain_text("279,50")
        page.context.clear_cookies()
        page.get_by_label("Caixas").fill("2")
        expect(page.get_by_text("Sua sessão expirou")).to_be_visible()
        expect(page.get_by_label("Usuários")).to_have_value("6")
        page.get_by_role("button", name="Gerar proposta").click()
        page.get_by_label("E-mail").fill(SELLER)
        page.get_by_label("Senha", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Entrar").click()
        page.get_by_role("button", name="Continuar").click()
        expect(page).to_have_url(re.compile(r"/orcamentos/\d+$"))
        expect(page.get_by_text("329,40").first).to_be_visible()


class TestWithoutJavaScript:
    def test_everything_can_be_chosen_recalculated_and_saved(self, browser: Browser, shop: Shop) -> None:
        page = browser.new_page(java_script_enabled=False, locale="pt-BR")
        shop.open_builder(page)
        expect(page.get_by_label("E se fosse…")).to_be_hidden()
        page.get_by_label("Usuários").fill("3")
        page.get_by_label("NFS-e").check()
        page.get_by_role("button", name="Recalcular").click()
        expect(page.locator("#sums .sum-main")).to_contain_text("249,70")
        negotiate(page)
        page.locator("#total").fill("100")
        page.get_by_role("button", name="Gerar proposta").click()
        expect(page.locator("#total-error")).to_contain_text("O valor mínimo desta negociação é")
        page.locator("#total").fill("240")
        page.get_by_role("button", name="Gerar proposta").click()
        expect(page).to_have_url(re.compile(r"/orcamentos/\d+$"))
        page.close()


class TestOnAPhone:
    def test_the_summary_is_a_bar_that_opens_upward(self, page: Page, shop: Shop) -> None:
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        shop.open_builder(page)
        bar = page.locator(".quote-summary > summary")
        expect(bar).to_contain_text("Mensalidade R$ 199,90")
        box = bar.bounding_box()
        assert box
        assert box["y"] + box["height"] == pytest.approx(PHONE["height"], abs=2)
        expect(page.get_by_role("button", name="Gerar proposta")).to_be_hidden()
        bar.click()
        expect(page.get_by_role("button", name="Gerar proposta")).to_be_visible()
        bar.click()
        negotiate(page)
        page.locator("#total").fill("10")
        expect(bar).to_contain_text(ANNOUNCED)


class TestForEverybody:
    @pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.deep)])
    def test_axe_finds_nothing_in_any_state(
        self, page: Page, shop: Shop, check_accessibility: CheckAccessibility, scheme: str
    ) -> None:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        shop.sign_in(page)
        page.goto(f"{shop.url}/clientes/{shop.customer_id}/contratar")
        check_accessibility(page)
        page.get_by_role("link", name="Hiper Gestão").click()
        page.get_by_label("Forma de pagamento").select_option("ted_card")
        page.get_by_label("Cobrar valor de implantação").check()
        expect(page.get_by_label("Valor de implantação", exact=True)).to_be_visible()
        negotiate(page)
        page.get_by_label("Quero um repasse de").fill("90")
        expect(page.get_by_role("button", name="Usar este valor")).to_be_visible()
        check_accessibility(page)
        for typed in ("170", "10"):  # beyond the authority; below the minimum
            page.locator("#total").fill(typed)
            expect(page.locator("#verdict [data-verdict=free]")).to_have_count(0)
            check_accessibility(page)
        page.get_by_role("button", name="Adicionar aplicativos").click()
        check_accessibility(page)

    def test_nothing_moves_when_figures_change(self, page: Page, shop: Shop) -> None:
        shop.open_builder(page)
        negotiate(page)
        places = """() => ['#rows', '#price-range', '#payment_method'].map(
            name => document.querySelector(name).getBoundingClientRect().y + scrollY)"""
        before = page.evaluate(places)
        total(page)
        page.keyboard.type("185")
        expect(page.locator("#sums .sum-main")).to_contain_text("185,00")
        assert page.evaluate(places) == before
