"""The screens of price lists."""

import io
from datetime import date

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from portal.catalog.models import PublishedPriceList
from tests.factories.catalog import DEMO, list_text, make_price_list
from tests.support.application import Transaction
from tests.support.clients import PortalClient, location
from tests.support.forms import form_values

FAR = date(2099, 1, 1)


def upload(browser: PortalClient, content: str | bytes) -> TestResponse:
    data = content if isinstance(content, bytes) else content.encode()
    browser.get("/tabelas/nova")
    return browser.submit(
        "/tabelas/nova", {"file": (io.BytesIO(data), "tabela.toml")}, content_type="multipart/form-data"
    )


def count_lists(transaction: Transaction) -> int:
    with transaction() as session:
        return session.scalar(select(func.count(PublishedPriceList.id))) or 0


class TestANewList:
    @pytest.mark.deep
    @pytest.mark.parametrize("content", [DEMO, DEMO.replace("\n", "\r\n"), "\ufeff" + DEMO])
    def test_is_checked_then_published(
        self, admin: PortalClient, transaction: Transaction, content: str
    ) -> None:
        report = upload(admin, content)
        assert report.status_code == 200
        assert count_lists(transaction) == 0
        published = admin.post("/tabelas/publicar", data=form_values(report.text))
        assert published.status_code == 303, published.text
        page = admin.get(location(published)).text
        assert "Tabela publicada. Vale a partir de 01/06/2026." in page
        with transaction() as session:
            assert session.scalars(select(PublishedPriceList.content)).one() == content.removeprefix("\ufeff")

    def test_is_published_once_by_a_double_click(self, admin: PortalClient, transaction: Transaction) -> None:
        form = form_values(upload(admin, DEMO).text)
        answers = [admin.post("/tabelas/publicar", data=form) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert count_lists(transaction) == 1

    @pytest.mark.deep
    def test_shows_each_problem_with_its_line(self, admin: PortalClient) -> None:
        report = upload(admin, list_text(change='monthly = "69.90"=>monthly = "99.90"'))
        assert report.status_code == 422
        assert "O mínimo (R$\xa099,90) está acima do original (R$\xa089,90)." in report.text
        assert "plans.mini.minimum.monthly" in report.text
        assert "Publicar tabela" not in report.text

    @pytest.mark.deep
    def test_is_not_published_when_the_text_is_not_the_one_that_was_checked(
        self, admin: PortalClient, transaction: Transaction
    ) -> None:
        form = form_values(upload(admin, DEMO).text)
        other = form_values(upload(admin, list_text("outra")).text)
        response = admin.post("/tabelas/publicar", data=form | {"content": other["content"]})
        assert response.status_code == 422
        assert "O conteúdo não é o que foi conferido." in response.text
        assert count_lists(transaction) == 0

    @pytest.mark.parametrize("letters", ["ª", "１２３４", "١٢٣٤", "YWI=ª"])
    def test_is_refused_when_what_was_checked_comes_back_in_letters_no_page_of_ours_writes(
        self, admin: PortalClient, transaction: Transaction, letters: str
    ) -> None:
        form = form_values(upload(admin, DEMO).text)
        response = admin.post("/tabelas/publicar", data=form | {"content": letters})
        assert response.status_code == 422
        assert "O conteúdo não é o que foi conferido." in response.text
        assert count_lists(transaction) == 0

    @pytest.mark.parametrize("number", ["١", "１", "ª", "9" * 30, "-1", "+1", "1_0"])
    def test_is_checked_again_when_the_list_it_replaces_is_named_in_other_figures(
        self, admin: PortalClient, transaction: Transaction, number: str
    ) -> None:
        with transaction() as session:
            assert make_price_list(session).id == 1
        form = form_values(upload(admin, list_text("nova", valid_from=FAR)).text)
        assert form["replaces_id"] == "1"
        response = admin.post("/tabelas/publicar", data=form | {"replaces_id": number})
        assert response.status_code == 409
        assert count_lists(transaction) == 1

    @pytest.mark.deep
    def test_is_checked_again_when_another_list_was_published_meanwhile(
        self, admin: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_price_list(session)
        form = form_values(upload(admin, list_text("nova", valid_from=FAR)).text)
        with transaction() as session:
            make_price_list(session, "no-meio", valid_from=date(2098, 1, 1), dearer='"89.90"=>"99.90"')
        response = admin.post("/tabelas/publicar", data=form)
        assert response.status_code == 409
        assert "Outra tabela foi publicada enquanto você conferia esta." in response.text
        assert "(no-meio)" in response.text
        again = admin.post("/tabelas/publicar", data=form_values(response.text))
        assert again.status_code == 303

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (b"", "Escolha o arquivo TOML|O arquivo está vazio"),
            (b"\xff\xfe\x00", "O arquivo não é um texto em UTF-8."),
            (b"a = 1\n" * 60_000, "O arquivo passa de 256 KB."),
        ],
    )
    def test_is_refused_at_the_field_when_it_is_no_text(
        self, admin: PortalClient, content: bytes, message: str
    ) -> None:
        response = upload(admin, content)
        assert response.status_code == 422
        assert any(each in response.text for each in message.split("|"))

    def test_without_a_file_asks_for_one(self, admin: PortalClient) -> None:
        admin.get("/tabelas/nova")
        response = admin.submit("/tabelas/nova")
        assert response.status_code == 422
        assert "Escolha o arquivo TOML da tabela de preços." in response.text

    @pytest.mark.deep
    def test_is_not_for_the_account_manager(self, manager: PortalClient) -> None:
        assert manager.get("/tabelas/nova").status_code == 403
        assert "Nova tabela" not in manager.get("/tabelas").text


class TestTheHistory:
    def test_says_which_list_is_in_force_and_which_comes_next(
        self, manager: PortalClient, transaction: Transaction
    ) -> None:
        with transaction() as session:
            make_price_list(session, "antiga", valid_from=date(2020, 1, 1))
            make_price_list(session)
            make_price_list(session, "futura", valid_from=FAR)
        page = manager.get("/tabelas").text
        assert page.count("Em vigor") == 1
        assert "Entra em vigor em 01/01/2099" in page
        assert "Substituída" in page

    def test_has_a_first_action_when_there_is_none(self, admin: PortalClient) -> None:
        assert "Nenhuma tabela publicada" in admin.get("/tabelas").text


class TestAList:
    @pytest.fixture
    def lists(self, transaction: Transaction) -> tuple[int, int]:
        """The demonstration list and a dearer one."""
        with transaction() as session:
            dearer = 'original = { monthly = "89.90"=>original = { monthly = "99.90"'
            return (
                make_price_list(session).id,
                make_price_list(session, "futura", valid_from=FAR, dearer=dearer).id,
            )

    @pytest.mark.deep
    def test_is_readable_by_term(self, manager: PortalClient, lists: tuple[int, int]) -> None:
        monthly = manager.get(f"/tabelas/{lists[0]}").text
        assert "R$\xa089,90" in monthly
        assert "R$\xa071,90" not in monthly
        assert "R$\xa071,90" in manager.get(f"/tabelas/{lists[0]}?ver=annual").text
        unknown = manager.get(f"/tabelas/{lists[0]}?ver=nada").text
        assert "R$\xa089,90" in unknown
        assert "R$\xa071,90" not in unknown
        conditions = manager.get(f"/tabelas/{lists[0]}?ver=condicoes").text
        for words in ("6,74\xa0%", "até 12× no cartão", "Implantação: Original R$\xa0490,00", "Conexão POS"):
            assert words in conditions

    @pytest.mark.deep
    def test_is_downloaded_to_the_letter(self, manager: PortalClient, lists: tuple[int, int]) -> None:
        response = manager.get(f"/tabelas/{lists[0]}/arquivo")
        assert response.data.decode() == DEMO
        assert response.headers["Content-Disposition"] == 'attachment; filename="demo-2026-06.toml"'

    @pytest.mark.deep
    def test_is_compared_with_any_other(self, manager: PortalClient, lists: tuple[int, int]) -> None:
        old, new = lists
        page = manager.get(f"/tabelas/comparar?antes={old}&depois={new}").text
        assert "Hiper Mini: Original Mensal" in page
        assert "+R$\xa010,00" in page
        back = manager.get(f"/tabelas/comparar?antes={new}&depois={old}").text
        assert "\N{MINUS SIGN}R$\xa010,00" in back
        assert "Nenhuma diferença" in manager.get(f"/tabelas/comparar?antes={old}&depois={old}").text
        for other in ("x", "١", "１", "ª"):
            assert "Escolha duas tabelas" in manager.get(f"/tabelas/comparar?antes={other}").text

    @pytest.mark.deep
    @pytest.mark.parametrize(
        "path",
        [
            "/tabelas/99",
            "/tabelas/١",
            "/tabelas/１",
            "/tabelas/99/arquivo",
            "/tabelas/comparar?antes=99",
            f"/tabelas/comparar?antes={'9' * 30}",
        ],
    )
    def test_that_does_not_exist_is_missing(self, manager: PortalClient, path: str) -> None:
        assert manager.get(path).status_code == 404
