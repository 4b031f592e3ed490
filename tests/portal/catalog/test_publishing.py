"""Publishing price lists: what is refused, what is told, what never changes."""

import threading
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.catalog.models import PublishedPriceList
from portal.catalog.operations import check_price_list, import_price_list
from portal.catalog.queries import current_list, loaded_list, price_list_on
from portal.catalog.rules import ListChangedMeanwhile, PriceListRefused
from portal.shared.audit import LogEntry
from portal.shared.db import db
from portal.shared.refusals import Missing
from tests.factories.catalog import DEMO, FIRST_DAY, list_text, make_price_list
from tests.factories.partners import make_partner
from tests.support.application import Transaction

NOW = datetime(2026, 7, 15, 12, 0, tzinfo=UTC)
TODAY = date(2026, 7, 15)
AUGUST = date(2026, 8, 1)


def publish(session: Session, content: str) -> PublishedPriceList:
    return import_price_list(session, content=content, actor=None, now=NOW, today=TODAY)


def problems_of(session: Session, content: str) -> list[str]:
    return [str(problem) for problem in check_price_list(session, content=content, today=TODAY).problems]


class TestPublishingAPriceList:
    def test_keeps_the_file_to_the_letter_and_logs_it(self, session: Session) -> None:
        published = publish(session, DEMO)
        session.expire_all()
        assert published.content == DEMO
        assert (published.code, published.valid_from) == ("demo-2026-06", FIRST_DAY)
        [entry] = session.scalars(select(LogEntry)).all()
        assert entry.summary == (
            "Tabela de preços “Tabela junho/2026 (demonstração)” publicada, válida a partir de 01/06/2026."
        )

    def test_does_nothing_when_it_is_published_already(self, session: Session) -> None:
        first = publish(session, DEMO)
        assert publish(session, DEMO).id == first.id
        assert session.scalar(select(func.count(LogEntry.id))) == 1

    def test_is_refused_under_the_code_of_another_content(self, session: Session) -> None:
        publish(session, DEMO)
        other = list_text(valid_from=AUGUST)
        assert problems_of(session, other) == [
            (
                "arquivo (price_list.code): A tabela “demo-2026-06” já foi publicada com outro conteúdo. "
                "Dê outro código a esta."
            )
        ]
        with pytest.raises(PriceListRefused):
            publish(session, other)

    def test_is_refused_on_a_first_day_that_is_taken(self, session: Session) -> None:
        publish(session, list_text("agosto", valid_from=AUGUST))
        assert problems_of(session, list_text("outra", valid_from=AUGUST)) == [
            (
                "arquivo (price_list.valid_from): A tabela “agosto” já começa neste dia. "
                "Escolha outro primeiro dia."
            )
        ]

    def test_begins_in_the_past_only_if_it_is_the_first_of_all(self, session: Session) -> None:
        assert problems_of(session, DEMO) == []
        publish(session, DEMO)
        assert problems_of(session, list_text("julho", valid_from=TODAY)) == []
        assert problems_of(session, list_text("julho", valid_from=TODAY - timedelta(days=1))) == [
            (
                "arquivo (price_list.valid_from): O primeiro dia de validade (14/07/2026) já passou. "
                "Use 15/07/2026 ou um dia depois."
            )
        ]

    @pytest.mark.parametrize(
        ("change", "problem"),
        [
            (
                'monthly = "69.90"=>monthly = "99.90"',
                "O mínimo (R$\xa099,90) está acima do original (R$\xa089,90).",
            ),
            (
                'monthly = "40.00"=>monthly = "70.00"',
                "O custo (R$\xa070,00) está acima do mínimo (R$\xa069,90).",
            ),
            (', annual = "71.90" }=> }', "Falta um valor"),
            ('plans = ["mini", "gestao"]=>plans = ["max"]', "O plano “max” não existe nesta tabela."),
            ('requires = ["imagens"]=>requires = ["fotos"]', "O aplicativo “fotos” não existe nesta tabela."),
        ],
    )
    def test_names_the_line_of_what_is_wrong(self, session: Session, change: str, problem: str) -> None:
        content = list_text(change=change)
        line = next(
            i
            for i, (a, b) in enumerate(zip(DEMO.splitlines(), content.splitlines(), strict=True), 1)
            if a != b
        )
        [told] = problems_of(session, content)
        assert told.startswith(f"linha {line} ")
        assert problem in told

    def test_at_the_same_moment_publishes_it_once(self, app: Flask, transaction: Transaction) -> None:
        barrier, ids = threading.Barrier(3), set()

        def run() -> None:
            with app.app_context():
                barrier.wait()
                try:
                    published = publish(db.session, DEMO)
                    db.session.commit()
                    ids.add(published.id)
                except (ListChangedMeanwhile, PriceListRefused):  # beside another, or just after it
                    db.session.rollback()

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(ids) == 1
        with transaction() as session:
            assert session.scalar(select(func.count(PublishedPriceList.id))) == 1


class TestTheDryRun:
    def test_stores_nothing(self, session: Session) -> None:
        check_price_list(session, content=DEMO, today=TODAY)
        assert session.scalar(select(func.count(PublishedPriceList.id))) == 0

    def test_tells_what_changes_against_the_list_in_force(self, session: Session) -> None:
        publish(session, DEMO)
        content = list_text(
            "agosto",
            valid_from=AUGUST,
            dearer='original = { monthly = "89.90"=>original = { monthly = "99.90"',
            renamed="Conexão POS=>Conexão de maquininhas",
            fee='"6.74"=>"7.00"',
        )
        report = check_price_list(session, content=content, today=TODAY)
        told = {
            change.label: (change.before, change.after, change.difference_cents) for change in report.changes
        }
        assert told.pop("Hiper Mini: Original Mensal") == ("R$\xa089,90", "R$\xa099,90", 1000)
        assert told.pop("Central de Cobranças: taxa da central") == ("6,74\xa0%", "7,00\xa0%", None)
        assert told.pop("Aplicativo pos: nome") == ("Conexão POS", "Conexão de maquininhas", None)
        assert set(told) <= {"TEF: exclui"}
        assert report.replaces is not None
        assert report.replaces.code == "demo-2026-06"

    def test_warns_of_what_is_no_longer_sold_and_of_partners_without_their_tier(
        self, session: Session
    ) -> None:
        publish(session, DEMO)
        make_partner(session, tier="ouro")
        content = list_text("agosto", valid_from=AUGUST).replace('ouro = "15"\n', "")
        content = content[: content.index("[apps.mdfe]")]
        report = check_price_list(session, content=content, today=TODAY)
        assert report.warnings == (
            "Deixa de ser vendido: MDF-e.",
            "Há parceiros com o nível “ouro”, que esta tabela não tem: eles não poderão fazer orçamentos.",
        )

    def test_says_so_when_nothing_changes(self, session: Session) -> None:
        publish(session, DEMO)
        report = check_price_list(session, content=list_text("igual", valid_from=TODAY), today=TODAY)
        assert report.changes == ()
        assert report.warnings == (
            "Vale assim que for publicada: os próximos orçamentos já usam estes preços.",
            "Nenhum preço nem condição muda em relação à tabela anterior.",
        )


class TestAPublishedList:
    @pytest.mark.parametrize(
        "statement",
        ["UPDATE price_lists SET name = 'x'", "DELETE FROM price_lists"],
        ids=["update", "delete"],
    )
    def test_cannot_be_changed_even_by_hand(self, transaction: Transaction, statement: str) -> None:
        with transaction() as session:
            make_price_list(session)
        with transaction() as session:
            with pytest.raises(DatabaseError):
                session.execute(text(statement))
            session.rollback()

    def test_holds_from_its_first_day_until_the_next_one_begins(self, session: Session) -> None:
        june, august = make_price_list(session), make_price_list(session, "agosto", valid_from=AUGUST)
        in_force = [
            price_list_on(session, day)
            for day in (date(2026, 5, 31), FIRST_DAY, date(2026, 7, 31), AUGUST, date(2030, 1, 1))
        ]
        assert in_force == [None, june, june, august, august]


class TestTheListsInMemory:
    def test_cost_no_statement_for_some_seconds_and_then_notice_a_new_one(
        self, app: Flask, transaction: Transaction, count_statements: list[str]
    ) -> None:
        with transaction() as session:
            make_price_list(session)
        with app.app_context():
            assert current_list(db.session, today=TODAY, now=NOW).price_list.code == "demo-2026-06"
        count_statements.clear()
        with app.app_context():
            current_list(db.session, today=TODAY, now=NOW + timedelta(seconds=4))
            assert count_statements == []
        publish_elsewhere(app)
        with app.app_context():
            later = current_list(db.session, today=TODAY, now=NOW + timedelta(seconds=5))
            assert later.price_list.code == "julho"

    def test_follow_the_day(self, session: Session) -> None:
        make_price_list(session)
        make_price_list(session, "agosto", valid_from=AUGUST)
        for day, code in ((TODAY, "demo-2026-06"), (AUGUST, "agosto"), (TODAY, "demo-2026-06")):
            assert current_list(session, today=day, now=NOW).price_list.code == code

    def test_name_a_missing_list(self, session: Session) -> None:
        with pytest.raises(Missing, match="Nenhuma tabela de preços está em vigor"):
            current_list(session, today=TODAY, now=NOW)
        with pytest.raises(Missing):
            loaded_list(session, 7)


def publish_elsewhere(app: Flask) -> None:
    """Another process publishes a list: this one's memory hears nothing of it."""
    content = list_text("julho", valid_from=TODAY)
    row = {
        "code": "julho",
        "name": "Julho",
        "valid_from": TODAY,
        "content": content,
        "sha256": sha256(content.encode()).hexdigest(),
        "published_at": NOW,
    }
    with app.app_context(), db.engine.begin() as connection:
        connection.execute(insert(PublishedPriceList).values(row))
