"""The IGP-M comes in by a file: what is stored, what is refused."""

import io
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from calculator import month_number, twelve_month_index
from portal.readjustments.operations.importing import import_index
from portal.readjustments.queries.index import last_month, monthly_index
from portal.readjustments.rules.index import (
    IndexRefused,
    RevisionToConfirm,
    check_index,
    percent_text,
    read_index,
)
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.refusals import Refusal
from tests.factories.users import make_user
from tests.support.application import Transaction
from tests.support.people import ClientOf

MARCH = at_sao_paulo(date(2026, 3, 2), 12)
TODAY = date(2026, 3, 2)
JANUARY = '[{"data": "01/01/2026", "valor": "0.41"}]'
STORED = {month_number(date(2025, 11, 1)): 27, month_number(date(2025, 12, 1)): -1}


def send(session: Session, text: str | bytes, *, confirmed: bool = False) -> tuple[int, int]:
    content = text if isinstance(text, bytes) else text.encode()
    return import_index(
        session, content=content, file_name="igpm", confirm_revision=confirmed, actor=None, now=MARCH
    )


def series(*months: tuple[str, str]) -> str:
    return json.dumps([{"data": f"01/{month}", "valor": value} for month, value in months])


class TestAFreshPortal:
    def test_knows_the_index_from_2019_to_2025(self, session: Session) -> None:
        index = monthly_index(session)
        assert len(index) == 84
        assert last_month(session) == date(2025, 12, 1)

    @pytest.mark.parametrize(
        ("last", "words"),
        [
            (date(2024, 12, 1), "6,54\N{NO-BREAK SPACE}%"),
            (date(2024, 4, 1), "−3,04\N{NO-BREAK SPACE}%"),
            (date(2025, 12, 1), "−1,04\N{NO-BREAK SPACE}%"),
            (date(2021, 5, 1), "37,06\N{NO-BREAK SPACE}%"),
            (date(2020, 10, 1), "20,92\N{NO-BREAK SPACE}%"),
        ],
    )
    def test_gives_the_index_of_twelve_months(self, session: Session, last: date, words: str) -> None:
        index = twelve_month_index(monthly_index(session), last_month=month_number(last))
        assert percent_text(index) == words


class TestAFile:
    def test_of_the_central_bank_goes_on_where_the_index_ends(self, session: Session) -> None:
        sent = series(("12/2025", "-0.01"), ("01/2026", "0.41"), ("02/2026", "-0.73"))
        assert send(session, sent) == (2, 0)
        index = monthly_index(session)
        last_two = [twelve_month_index(index, last_month=month_number(date(2026, n, 1))) for n in (1, 2)]
        assert last_two == [-90, -266]

    def test_of_a_spreadsheet_may_repeat_what_is_stored(self, session: Session) -> None:
        text = "\ufeffmonth,variation_percent\r\n2025-12,-0.01\r\n2026-01,0.41\r\n"
        assert send(session, text) == (1, 0)
        assert send(session, text) == (0, 0)

    def test_that_revises_a_month_asks_first(self, session: Session) -> None:
        sent = series(("11/2025", "0.27"), ("12/2025", "0.02"))
        words = "12/2025 está guardado com −0,01\N{NO-BREAK SPACE}% e o arquivo traz 0,02\N{NO-BREAK SPACE}%"
        with pytest.raises(RevisionToConfirm, match=words):
            send(session, sent)
        assert send(session, sent, confirmed=True) == (0, 1)
        assert monthly_index(session)[month_number(date(2025, 12, 1))] == 2

    def test_that_differs_in_two_months_is_another_series(self, session: Session) -> None:
        with pytest.raises(IndexRefused, match="outra série"):
            send(session, series(("11/2025", "0.18"), ("12/2025", "0.33")), confirmed=True)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", "título"),
            ("[]", "nenhum mês"),
            ("<html>504</html>", "página"),
            ('[{"data": "01/01/2026", "valor": "0.41"}', "completo"),
            ('{"data": "01/01/2026", "valor": "0.41"}', "lista"),
            ('[{"data": "02/01/2026", "valor": "0.41"}]', "Item 1"),
            ('[{"data": "01/01/2026", "valor": "0,41"}]', "Item 1"),
            ('[{"data": "01/01/2026", "valor": 0.41}]', "Item 1"),
            ('[{"data": "01/01/2026", "valor": "0.41", "serie": "433"}]', "Item 1"),
            (series(("01/2026", "0.41"), ("01/2026", "0.41")), "já apareceu"),
            (series(("12/2025", "-0.01"), ("02/2026", "-0.73")), "Falta o mês 01/2026"),
            (series(("02/2026", "-0.73")), "Falta o mês 01/2026"),
            (series(("01/2026", "41.00")), "não pode ser"),
            ("month,variation_percent\n2026-01,0,41\n", "Linha 2"),
            ("mes;variacao\n2026-01;0,41\n", "título"),
        ],
    )
    def test_that_is_not_the_series_is_refused_in_words(self, text: str, words: str) -> None:
        with pytest.raises(Refusal, match=words):
            check_index(read_index(text)[1], stored=STORED, today=TODAY)

    def test_of_a_month_to_come_is_refused(self) -> None:
        sent = dict.fromkeys(range(month_number(date(2026, 1, 1)), month_number(date(2026, 5, 1))), 10)
        with pytest.raises(IndexRefused, match="04/2026 ainda não chegou"):
            check_index(sent, stored=STORED, today=TODAY)


class TestTheScreen:
    @pytest.fixture
    def admin(self, transaction: Transaction) -> int:
        with transaction() as session:
            return make_user(session, role=Role.ADMIN).id

    def _send(self, client_of: ClientOf, admin: int, text: str, **more: str) -> TestResponse:
        client = client_of(admin)
        client.get("/reajustes/igpm/importar")
        sent = {"file": (io.BytesIO(text.encode()), "bcdata.json"), **more}
        return client.submit("/reajustes/igpm/importar", sent, content_type="multipart/form-data")

    def test_stores_a_file_and_says_who_sent_it(self, client_of: ClientOf, admin: int) -> None:
        assert self._send(client_of, admin, JANUARY).status_code == 303
        page = client_of(admin).get("/reajustes/igpm").text
        assert "bcdata.json" in page
        assert "0,41\N{NO-BREAK SPACE}%" in page
        assert "Banco Central (JSON)" in page

    def test_shows_a_refusal_at_the_file(self, client_of: ClientOf, admin: int) -> None:
        answer = self._send(client_of, admin, "<html>")
        assert answer.status_code == 422
        assert "Baixe de novo" in answer.text

    def test_asks_before_it_revises_a_month(self, client_of: ClientOf, admin: int) -> None:
        revised = series(("12/2025", "0.02"))
        answer = self._send(client_of, admin, revised)
        assert answer.status_code == 409
        assert "É uma revisão oficial" in answer.text
        assert self._send(client_of, admin, revised, confirm_revision="y").status_code == 303

    def test_goes_to_a_spreadsheet(self, client_of: ClientOf, admin: int) -> None:
        lines = client_of(admin).get("/reajustes/igpm.csv").text.splitlines()
        assert len(lines) == 85
        assert lines[-1].startswith("12/2025;-0,01;Instalação do portal")


class TestTheCommand:
    def _run(self, app: Flask, *words: str) -> Result:
        return app.test_cli_runner().invoke(args=["igpm", "import", *words])

    def test_stores_the_months_of_a_file(self, app: Flask, tmp_path: Path) -> None:
        file = tmp_path / "bcdata.json"
        file.write_text(JANUARY)
        assert self._run(app, str(file)).output == "Meses novos: 1. Meses revisados: 0.\n"
        assert self._run(app, str(file)).output == "Meses novos: 0. Meses revisados: 0.\n"

    def test_ends_with_status_1_when_refused(self, app: Flask, tmp_path: Path) -> None:
        result = self._run(app, str(tmp_path / "away.csv"))
        assert result.exit_code == 1
        assert "Não foi possível ler" in result.output
