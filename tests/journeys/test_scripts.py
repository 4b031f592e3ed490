"""The scripts of static/js, each alone in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SCRIPTS = Path(__file__).resolve().parents[2] / "static" / "js"


def open_page(page: Page, body: str, script: str) -> None:
    """A page of this body with one script of ours."""
    page.set_content(f'<!doctype html><html lang="pt-BR"><title>Teste</title><body>{body}</body></html>')
    page.add_script_tag(path=SCRIPTS / f"{script}.js")


class TestAMask:
    @pytest.mark.parametrize(
        ("mask", "typed", "written"),
        [
            ("cnpj", "12345678000195", "12.345.678/0001-95"),
            ("cnpj", "12abc34501de35", "12.ABC.345/01DE-35"),
            ("cnpj", " 12.ABC.345/01DE-35 ", "12.ABC.345/01DE-35"),
            ("cpf", "111 444 777-35", "111.444.777-35"),
            ("cnpj_cpf", "11144477735", "111.444.777-35"),
            ("cnpj_cpf", "12 345 678 0001 95", "12.345.678/0001-95"),
            ("cep", "89201123", "89201-123"),
            ("phone", "47999991234", "(47) 99999-1234"),
            ("phone", "+55 (47) 3333-1234", "(47) 3333-1234"),
            ("money", "1234,5", "1.234,50"),
            ("money", "R$ 1.234,56", "1.234,56"),
            ("money", "1234.56", "1.234,56"),
            ("money", "90", "90,00"),
            ("money", "R$ 1 234,50", "1.234,50"),
            ("cep", "89.201-123", "89201-123"),
            ("phone", "0800 123 4567", "0800 123 4567"),
            ("phone", "08001234567", "0800 123 4567"),
            ("phone", "5534331234", "(55) 3433-1234"),
            ("phone", "5547999991234", "(47) 99999-1234"),
        ],
    )
    def test_writes_what_is_clear_the_usual_way(
        self, page: Page, mask: str, typed: str, written: str
    ) -> None:
        open_page(page, f'<input aria-label="Campo" data-mask="{mask}">', "mask")
        page.get_by_label("Campo").fill(typed)
        page.get_by_label("Campo").blur()
        expect(page.get_by_label("Campo")).to_have_value(written)

    @pytest.mark.parametrize(
        ("mask", "typed"),
        [
            ("cnpj", "1234567"),
            ("cnpj_cpf", "1234"),
            ("cep", "8920"),
            ("money", "1.234"),
            ("money", "12,345"),
            ("money", "dez"),
            ("money", "1 234"),
            ("money", "12 34,50"),
            ("money", "\u2212178,09"),
            ("cnpj_cpf", "CPF 529.982.247-25"),
            ("cnpj_cpf", "CPF52998224725"),
            ("cnpj", "CPF52998224725"),
            ("cnpj_cpf", "CNPJ 12.ABC.345/01DE-35"),
            ("cnpj_cpf", "529.982.247\u201325"),
            ("cpf", "CPF 111.444.777-35"),
            ("cep", "CEP 89201-123"),
            ("phone", "047 3433-1234"),
            ("phone", "(47) 3433-1234 ramal 12"),
            ("phone", "+1 202 555 0100"),
            ("phone", "47 8999-12345"),
            ("phone", "Tel: 47 3433-1234"),
        ],
    )
    def test_leaves_alone_what_is_not_clear(self, page: Page, mask: str, typed: str) -> None:
        open_page(page, f'<input aria-label="Campo" data-mask="{mask}">', "mask")
        page.get_by_label("Campo").fill(typed)
        page.get_by_label("Campo").blur()
        expect(page.get_by_label("Campo")).to_have_value(typed)

    def test_does_not_touch_the_field_while_typing(self, page: Page) -> None:
        open_page(page, '<input aria-label="Campo" data-mask="money">', "mask")
        page.get_by_label("Campo").press_sequentially("1234,5")
        expect(page.get_by_label("Campo")).to_have_value("1234,5")


class TestASubmit:
    FORM = """<form method="post" action="/gravar"><button name="passo" value="enviar">Enviar</button></form>
              <script>
              sent = 0;
              addEventListener("submit", (event) => { sent += 1; event.preventDefault(); });
              </script>"""

    def test_pressed_twice_is_sent_once(self, page: Page) -> None:
        open_page(page, self.FORM, "submit-once")
        page.get_by_role("button", name="Enviar").dblclick()
        assert page.evaluate("sent") == 1
        expect(page.get_by_role("button", name="Enviar")).to_have_attribute("aria-busy", "true")

    def test_may_be_pressed_again_when_the_page_comes_back(self, page: Page) -> None:
        open_page(page, self.FORM, "submit-once")
        page.get_by_role("button", name="Enviar").click()
        page.evaluate("window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
        page.get_by_role("button", name="Enviar").click()
        assert page.evaluate("sent") == 2


class TestASlider:
    PRICE = """<input aria-label="Total" id="total" value="279,77">
               <input aria-label="Preço" type="range" min="21760" max="129960" value="27977"
                      data-money-range="#total">"""

    def test_moves_the_amount_beside_it(self, page: Page) -> None:
        open_page(page, self.PRICE, "money-range")
        page.get_by_label("Preço").fill("123456")
        expect(page.get_by_label("Total")).to_have_value("1.234,56")

    def test_follows_the_amount_typed_beside_it(self, page: Page) -> None:
        open_page(page, self.PRICE, "money-range")
        page.get_by_label("Total").fill("250,00")
        expect(page.get_by_label("Preço")).to_have_value("25000")


class TestASearchInAList:
    def test_shows_what_fits_without_accents_or_case(self, page: Page) -> None:
        open_page(
            page,
            """<div><input type="search" aria-label="Buscar" data-filter-list="#apps">
               <ul id="apps"><li>Comissão de vendas</li><li>NFS-e</li></ul>
               <p data-filter-empty hidden>Nenhum aplicativo com esse nome.</p></div>""",
            "filter-list",
        )
        page.get_by_label("Buscar").fill("COMISSAO")
        expect(page.get_by_text("Comissão de vendas")).to_be_visible()
        expect(page.get_by_text("NFS-e")).to_be_hidden()
        page.get_by_label("Buscar").fill("folha")
        expect(page.get_by_text("Nenhum aplicativo com esse nome.")).to_be_visible()
