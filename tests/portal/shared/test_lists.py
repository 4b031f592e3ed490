"""Lists: whatever an address asks for is answered, quickly and in a stable order."""

import csv
import io
from collections.abc import Iterator

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.shared import lists
from portal.shared.brazil import format_money_input
from portal.shared.db import db
from portal.shared.lists import ListRequest, ListSpec, as_text, contains, csv_response, paginate, read_all
from portal.users.models import Throttle
from tests.factories.users import JOINED_AT
from tests.support.application import Transaction

SORTS = {"valor": Throttle.failures, "nome": Throttle.key}


def ask(**args: str) -> ListRequest:
    filters = {"estado": ("aberto", "pago"), "livre": None}
    return ListSpec(sorts=SORTS, default="-valor", filters=filters).read(args)


def fill(session: Session, count: int) -> None:
    """`count` rows; the value is the same for each ten of them."""
    rows = [{"key": f"n{i:05d}", "failures": i // 10, "window_started_at": JOINED_AT} for i in range(count)]
    session.execute(insert(Throttle), rows)


def names(session: Session, request: ListRequest) -> list[str]:
    return [row.key for row in paginate(session, select(Throttle), request).items]


class TestAListRequest:
    @pytest.mark.deep
    @given(st.dictionaries(st.sampled_from(["busca", "ordem", "pagina", "estado", "livre"]), st.text()))
    def test_is_safe_whatever_stands_in_the_address(self, args: dict[str, str]) -> None:
        request = ask(**args)
        assert request.sort.removeprefix("-") in SORTS
        assert 1 <= request.page <= lists.DEPTH_LIMIT
        assert request.filter("estado") in {"", "aberto", "pago"}
        assert "\0" not in request.search + request.filter("livre")
        assert ask(**args).query() == request.query()

    def test_leaves_the_default_out_of_its_addresses(self) -> None:
        assert ask().query() == ""
        assert ask(ordem="-valor", pagina="1").query() == ""
        assert ask().page_url(1) == "?"

    def test_keeps_search_and_filters_on_the_way_to_another_page(self) -> None:
        request = ask(busca="pão & cia", estado="pago", ordem="nome", pagina="3")
        assert request.page_url(4) == "?busca=p%C3%A3o+%26+cia&estado=pago&ordem=nome&pagina=4"

    def test_turns_the_order_round_and_begins_at_the_first_page(self) -> None:
        assert ask(ordem="nome", pagina="3").sort_url("nome") == "?ordem=-nome"
        assert ask(ordem="-nome", pagina="3").sort_url("nome") == "?ordem=nome"
        assert ask(ordem="nome").direction("nome") == "asc"
        assert ask(ordem="nome").direction("valor") is None


class TestAPage:
    @pytest.mark.deep
    def test_continues_where_the_one_before_ended_even_among_equals(self, session: Session) -> None:
        fill(session, 60)
        found = [name for number in "123" for name in names(session, ask(pagina=number))]
        assert found == [f"n{i:05d}" for i in range(59, -1, -1)]

    def test_past_the_end_is_the_last_one(self, session: Session) -> None:
        fill(session, 60)
        page = paginate(session, select(Throttle), ask(pagina="999999999999999999999999"))
        assert (page.number, len(page.items), page.has_next) == (3, 10, False)
        assert (page.total, page.how_many, page.page_count) == (60, 60, 3)

    def test_of_nothing_is_the_first(self, session: Session) -> None:
        page = paginate(session, select(Throttle), ask(pagina="7"))
        assert (page.items, page.number, page.total, page.page_count) == ([], 1, 0, 1)
        assert page.has_next is False

    def test_counts_no_further_than_a_thousand(self, session: Session) -> None:
        fill(session, 1_500)
        page = paginate(session, select(Throttle), ask())
        assert (page.total, page.how_many) == (None, "mais de 1.000")
        assert page.page_count == 40
        later = paginate(session, select(Throttle), ask(pagina="60"))
        assert (later.number, len(later.items), later.has_next) == (60, 25, False)
        assert paginate(session, select(Throttle), ask(pagina="400")).number == 40

    def test_gives_rows_when_several_columns_are_asked_for(self, session: Session) -> None:
        fill(session, 3)
        page = paginate(session, select(Throttle.key, Throttle.failures), ask(ordem="nome"))
        assert [tuple(row) for row in page.items] == [("n00000", 0), ("n00001", 0), ("n00002", 0)]


class TestSearchingForAText:
    @pytest.mark.parametrize("sign", ["%", "_", "\\"])
    def test_takes_signs_of_the_database_as_themselves(self, session: Session, sign: str) -> None:
        for name in (f"a{sign}b", "axb"):
            session.add(Throttle(key=name, failures=1, window_started_at=JOINED_AT))
        session.flush()
        found = session.scalars(select(Throttle.key).where(contains(Throttle.key, f"a{sign}b"))).all()
        assert found == [f"a{sign}b"]


class TestACsv:
    def rows(self, text: str) -> list[list[str]]:
        return list(csv.reader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))

    def test_opens_in_a_brazilian_spreadsheet(self, app: Flask) -> None:
        with app.test_request_context():
            response = csv_response("lista.csv", ["Nome", "Valor"], [['a;"b"\nc', 12], ["é", None]])
            text = response.get_data(as_text=True)
        assert response.headers["Content-Disposition"] == 'attachment; filename="lista.csv"'
        assert text.startswith("\ufeffNome;Valor\r\n")
        assert self.rows(text) == [["Nome", "Valor"], ['a;"b"\nc', "12"], ["é", ""]]

    @pytest.mark.deep
    @given(st.text(max_size=20))
    def test_has_no_text_that_begins_a_formula(self, text: str) -> None:
        cell = as_text(text)
        assert isinstance(cell, str)
        is_number = cell[:1] == "-" and not set(cell[1:]) - set("0123456789.,")  # nothing to run in it
        assert is_number or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
        assert cell.removeprefix("'") == text.removeprefix("'")

    @pytest.mark.parametrize("number", [-5, "-178,09", "-1.234.567,89", "-0,5", "-1234,50", "9,5"])
    def test_leaves_numbers_alone(self, number: object) -> None:
        assert as_text(number) == number

    @pytest.mark.parametrize(
        "text",
        [
            "-1+1",
            "-178,09|cmd",
            "-2+3+cmd|' /C calc'!A0",
            "--5",
            "-",
            "-2",
            "-12.5",
            "-,5",
            "-5\n=1",
            "-5 ",
            "-A1",
            "-1e5",
            "-\u0661",
            "+5511999999999",
            "+5",
            "=1",
            "@SUM(1)",
            "\t=1",
            "-.5",
            "-1.2.3",
            "\uff1d1+1",
        ],
    )
    def test_guards_what_is_none(self, text: str) -> None:
        assert as_text(text) == f"'{text}"

    @given(st.integers(-(10**13), 10**13))
    def test_gives_back_every_amount_as_it_was_written(self, cents: int) -> None:
        written = format_money_input(cents)
        assert as_text(written) == written

    def test_is_sent_in_parts_and_reads_every_row_after_the_request_is_over(
        self, app: Flask, transaction: Transaction
    ) -> None:
        with transaction() as session:
            fill(session, 1_234)

        def lines() -> Iterator[tuple[str, int]]:
            yield from ((row.key, row.failures) for row in read_all(select(Throttle).order_by(Throttle.id)))

        with app.test_request_context():
            response = csv_response("lista.csv", ["Nome", "Valor"], lines())
            db.session.commit()
            parts = list(response.iter_encoded())
        assert len(parts) == 3
        assert len(self.rows(b"".join(parts).decode())) == 1_235
