"""Moving the demonstration's clock, as people and commands do."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from portal.app import create_app
from portal.config import SettingsError
from portal.demo.clock.moving import move_on
from portal.demo.clock.operations import ask_to_move
from portal.demo.clock.queries import find_move
from portal.demo.operations import is_loaded
from portal.demo.people import load_people
from portal.shared import clock
from portal.shared.db import db
from portal.shared.demo_clock import DemoClock, set_clock
from portal.shared.schedule import JobRun, QueueWorker
from portal.users.models import UserSession
from tests.support.application import settings_for
from tests.support.clients import PortalClient, location
from tests.support.databases import Database

PAGE = "/demonstracao/relogio"


@pytest.fixture
def people(demo_app: Flask) -> None:
    with demo_app.app_context():
        load_people(db.session, now=clock.now())
        db.session.commit()


@pytest.fixture
def elisa(demo_app: Flask, people: None) -> PortalClient:  # noqa: ARG001 - she is one of them
    return signed_in(demo_app, "elisa@portal.example")


def signed_in(app: Flask, email: str) -> PortalClient:
    browser = cast("PortalClient", app.test_client())
    browser.sign_in(email, "portal-demo-2026")
    return browser


def travel(app: Flask, by: timedelta) -> datetime:
    """Move the clock; the instant it was moved to."""
    with app.app_context():
        now = clock.now()
        ask_to_move(db.session, until=now + by, keeps_desk=False, asked_by_id=None, now=now)
        db.session.commit()
        assert move_on(db.engine)
    return now + by


def seconds_off(app: Flask, expected: datetime) -> float:
    with app.app_context():
        return (clock.now() - expected).total_seconds()


class TestTheClock:
    def test_is_the_worlds_until_it_is_moved(self, demo_app: Flask) -> None:
        assert seconds_off(demo_app, clock.wall()) < 1

    @pytest.mark.deep
    def test_is_the_same_for_another_process_at_once_and_after_a_restart(
        self, demo_app: Flask, database: Database, tmp_path: Path
    ) -> None:
        reached = travel(demo_app, timedelta(hours=30))
        other = create_app(settings_for(database.url, tmp_path, PORTAL_DEMO_CLOCK="1"))
        for app in (demo_app, other):
            assert 0 <= seconds_off(app, reached) < 20
        with other.app_context():
            db.engine.dispose()

    def test_never_goes_back(self, demo_app: Flask) -> None:
        reached = travel(demo_app, timedelta(hours=2))
        with demo_app.app_context():
            with pytest.raises(IntegrityError, match="forward alone"):
                set_clock(db.session, shows=reached - timedelta(hours=1))
            db.session.rollback()
            with pytest.raises(IntegrityError, match="forward alone"):
                db.session.execute(update(DemoClock).values(ahead_us=0))

    def test_is_the_worlds_in_an_app_that_is_no_demonstration(
        self, demo_app: Flask, database: Database, tmp_path: Path
    ) -> None:
        travel(demo_app, timedelta(hours=2))
        plain = create_app(settings_for(database.url, tmp_path))
        assert seconds_off(plain, clock.wall()) < 1
        with plain.app_context():
            db.engine.dispose()

    @pytest.mark.deep
    def test_keeps_a_worker_alive_that_lived_before_the_jump(self, demo_app: Flask) -> None:
        with demo_app.app_context():
            now = clock.now()
            db.session.add(QueueWorker(name="here", started_at=now, seen_at=now))
            db.session.commit()
        reached = travel(demo_app, timedelta(days=1))
        with demo_app.app_context():
            seen = db.session.scalars(select(QueueWorker.seen_at)).one()
        assert abs(seen - reached) < timedelta(seconds=20)


class TestAJourney:
    def test_runs_every_job_of_each_day_at_its_due_time_in_order(self, demo_app: Flask) -> None:
        reached = travel(demo_app, timedelta(days=2))
        with demo_app.app_context():
            runs = db.session.scalars(select(JobRun).order_by(JobRun.id)).all()
        assert [run.as_of for run in runs] == sorted(run.as_of for run in runs)
        assert {run.outcome for run in runs} == {"ok"}
        due = [run.as_of for run in runs if run.job == "expire-quotes"]
        assert [f"{at.astimezone(clock.SAO_PAULO):%H:%M}" for at in due] == ["00:05"] * 2
        assert len({at.date() for at in due}) == 2
        billed = [run for run in runs if run.job == "bill-subscriptions"]
        assert len({run.as_of.date() for run in billed}) >= 2
        assert max(run.as_of for run in runs) <= reached

    def test_ends_where_it_was_to_end_and_the_clock_goes_on(self, demo_app: Flask) -> None:
        reached = travel(demo_app, timedelta(hours=2))
        with demo_app.app_context():
            assert find_move(db.session) is None
            first = clock.now()
        assert first >= reached
        assert seconds_off(demo_app, first) > 0

    @pytest.mark.deep
    def test_goes_on_where_a_killed_process_left_it(
        self, demo_app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from portal.demo.clock import moving

        class Killed(BaseException):
            """No exception anybody handles."""

        stops, work_off = list[datetime](), moving.work_off

        def die_at_the_fifth(engine: object) -> None:
            stops.append(clock.now())
            if len(stops) == 5:
                raise Killed
            work_off(engine)  # type: ignore[arg-type]

        monkeypatch.setattr(moving, "work_off", die_at_the_fifth)
        with pytest.raises(Killed):
            travel(demo_app, timedelta(days=1))
        with demo_app.app_context():
            died_at = stops[-1]
            assert clock.now() == died_at  # it stands still
            assert move_on(db.engine)
            assert find_move(db.session) is None
            runs = [(run.job, run.as_of) for run in db.session.scalars(select(JobRun))]
        assert died_at in {as_of for _job, as_of in runs}
        billed = [as_of for job, as_of in runs if job == "bill-subscriptions"]
        assert len(billed) == len(set(billed)) > 0


class TestThePage:
    @pytest.mark.deep
    def test_keeps_whoever_moves_the_clock_signed_in(self, demo_app: Flask, elisa: PortalClient) -> None:
        assert elisa.get(PAGE).status_code == 200
        wanted = clock.today() + timedelta(days=2)
        answer = elisa.submit(PAGE, {"jump": "date", "until": f"{wanted:%d/%m/%Y}", "keeps_desk": "y"})
        assert location(answer) == PAGE
        assert "O relógio está andando" in elisa.get(PAGE).text
        with demo_app.app_context():
            assert move_on(db.engine)
            assert clock.today() == wanted
        page = elisa.get(PAGE)
        assert page.status_code == 200
        assert f"hoje é <strong>{wanted:%d/%m/%Y}</strong>" in page.text
        assert "O relógio está andando" not in page.text
        assert elisa.get("/configuracoes").status_code == 200

    def test_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(self, elisa: PortalClient) -> None:
        elisa.get(PAGE)
        refused = elisa.submit(PAGE, {"jump": "date", "until": "01/02/2020"})
        assert refused.status_code == 422
        assert "o relógio só anda para a frente" in refused.text
        assert 'value="01/02/2020"' in refused.text
        assert "Escreva o dia como 15/07/2026." in elisa.submit(PAGE, {"jump": "date", "until": "x"}).text

    def test_refuses_a_second_journey_while_one_is_under_way(self, elisa: PortalClient) -> None:
        elisa.get(PAGE)
        elisa.submit(PAGE, {"jump": "day"})
        refused = elisa.submit(PAGE, {"jump": "day"})
        assert refused.status_code == 409

    def test_is_for_finance_and_administrators_alone(self, demo_app: Flask, people: None) -> None:
        assert signed_in(demo_app, "carla@portal.example").get(PAGE).status_code == 200
        for email in ("marina@sul.example", "ana@portal.example", "davi@portal.example"):
            browser = signed_in(demo_app, email)
            assert browser.get(PAGE).status_code == 403
            assert browser.submit(PAGE, {"jump": "day"}).status_code == 403
        with demo_app.app_context():
            assert find_move(db.session) is None
        assert cast("PortalClient", demo_app.test_client()).get(PAGE).status_code == 303

    def test_is_announced_on_every_page_and_linked_where_it_may_be_opened(
        self, demo_app: Flask, people: None
    ) -> None:
        today = clock.today()
        entrance = words(cast("PortalClient", demo_app.test_client()).get("/entrar").text)
        assert f"Demonstração: hoje é <strong>{today:%d/%m/%Y}</strong>" in entrance
        seller = signed_in(demo_app, "marina@sul.example").get("/clientes").text
        assert "Demonstração: hoje é" in words(seller)
        assert PAGE not in seller


def words(html: str) -> str:
    return re.sub(r"\s+", " ", html)


class TestWithoutADemonstration:
    def test_there_is_no_such_page_and_no_banner(self, visitor: PortalClient) -> None:
        assert visitor.get(PAGE).status_code == 404
        assert "Demonstração: hoje" not in visitor.get("/entrar").text

    def test_production_refuses_it_at_the_start(self, tmp_path: Path) -> None:
        asked = {"PORTAL_ENVIRONMENT": "production", "PORTAL_DEMO_CLOCK": "1"}
        with pytest.raises(SettingsError, match="PORTAL_DEMO_CLOCK cannot be 1 in production"):
            settings_for("postgresql://x@y/z", tmp_path, **asked)

    def test_the_command_refuses(self, app: Flask) -> None:
        told = app.test_cli_runner().invoke(args=["demo", "advance"])
        assert told.exit_code == 1
        assert "Only a demonstration's can be moved" in told.output


class TestTheCommand:
    @pytest.mark.deep
    def test_says_of_each_day_what_happened(self, demo_app: Flask, people: None) -> None:
        with demo_app.app_context():
            first = clock.today()
        told = demo_app.test_cli_runner().invoke(args=["demo", "advance", "--days", "2"])
        assert told.exit_code == 0, told.output
        first_line = told.output.splitlines()[0].replace("\N{NO-BREAK SPACE}", " ")
        assert first_line.startswith(f"{first:%d/%m/%Y}: 0 faturas emitidas (R$ 0,00), 0 pagamentos")
        assert len(told.output.splitlines()) == 3
        assert f"de {first + timedelta(days=2):%d/%m/%Y}." in told.output.splitlines()[-1]


class TestSessionsThatHadEnded:
    @pytest.mark.deep
    def test_stay_ended(self, demo_app: Flask, elisa: PortalClient) -> None:
        elisa.get("/conta")
        elisa.submit("/sair")
        with demo_app.app_context():
            before = db.session.execute(select(UserSession.expires_at, UserSession.ended_at)).all()
            assert is_loaded(db.session)
        travel(demo_app, timedelta(days=1))
        with demo_app.app_context():
            assert db.session.execute(select(UserSession.expires_at, UserSession.ended_at)).all() == before
