"""The list, its file and the board."""

import csv
import io

import pytest

from tests.factories.quotes import approved, draft, make_house, pending, sent
from tests.support.application import Transaction
from tests.support.people import ClientOf

pytestmark = pytest.mark.usefixtures("noon")


class TestTheList:
    def test_shows_who_what_how_much_and_where_it_stands(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            pending(session, house)
        page = client_of(house.seller.user_id).get("/orcamentos").text
        for fact in ("Pão Quente", "000001", "Em aprovação", "Hiper Gestão", "160,00", "19,96"):
            assert fact in page, fact

    @pytest.mark.deep
    def test_narrows_by_state_and_search(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house)
            sent(session, house)
        client = client_of(house.seller.user_id)
        only_sent = client.get("/orcamentos?estado=sent").text
        assert "000002" in only_sent
        assert "000001" not in only_sent
        assert "Nenhum orçamento assim" in client.get("/orcamentos?busca=nada").text
        assert "000001" in client.get("/orcamentos?busca=pao+quente").text

    def test_without_quotes_names_the_first_step(self, transaction: Transaction, client_of: ClientOf) -> None:
        with transaction() as session:
            house = make_house(session)
        page = client_of(house.seller.user_id).get("/orcamentos").text
        assert "Nenhum orçamento ainda" in page
        assert 'href="/clientes"' in page

    @pytest.mark.deep
    def test_is_answered_whatever_the_address_says(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house)
        client = client_of(house.seller.user_id)
        for query in ("?pagina=99999999", "?ordem='--", "?estado=nope", "?de=ontem", "?responsavel=x"):
            assert client.get(f"/orcamentos{query}").status_code == 200, query


class TestTheFile:
    def test_holds_the_filtered_list_and_no_formula(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session, name='=HYPERLINK("http://x")')
            draft(session, house)
            sent(session, house)
        answer = client_of(house.seller.user_id).get("/orcamentos.csv?estado=sent")
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
        assert [row[0] for row in rows[1:]] == ["000002"]
        line = dict(zip(rows[0], rows[1], strict=True))
        assert line["Cliente"].startswith("'=HYPERLINK")
        assert (line["Estado"], line["Mensalidade"], line["Original"]) == ("Enviado", "199,90", "199,90")


class TestTheBoard:
    def test_has_each_quote_in_the_column_of_its_state(
        self, transaction: Transaction, client_of: ClientOf
    ) -> None:
        with transaction() as session:
            house = make_house(session)
            draft(session, house)
            approved(session, house)
        page = client_of(house.seller.user_id).get("/orcamentos/quadro").text
        draft_column = page.split('id="board-draft"')[1].split("</section>")[0]
        approved_column = page.split('id="board-approved"')[1].split("</section>")[0]
        assert "000001" in draft_column
        assert "000002" in approved_column
        assert "160,00" in approved_column
