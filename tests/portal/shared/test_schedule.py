"""Jobs: once, wholly or not at all, and seen on the health page."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared import schedule
from portal.shared.audit import LogHead
from portal.shared.db import db
from portal.shared.refusals import Refusal
from portal.shared.schedule.work import plan_jobs, run_due_job
from tests.support.ports import wait_until
from tests.support.queue_app import NOON, count, count_up

HOUR = timedelta(hours=1)


@schedule.job("tests-hourly", title="Contagem de hora em hora")
def hourly(session: Session, *, now: datetime) -> str:
    count_up(session, now=now, stream="hourly")
    return f"Contado às {now:%H:%M}."


@schedule.job("tests-failing", title="Contagem que falha")
def failing(session: Session, *, now: datetime) -> str:
    count_up(session, now=now, stream="failing")
    session.flush()
    raise KeyError("ana@padaria.example")


@schedule.job("tests-refused", title="Contagem recusada")
def refused(session: Session, *, now: datetime) -> str:  # noqa: ARG001 - a job's shape
    raise Refusal("Falta a tabela de preços de agosto.")


@schedule.job("tests-batches", title="Contagem em partes")
def in_batches(session: Session, *, now: datetime) -> schedule.JobReport:
    count_up(session, now=now, stream="batches")
    done = counted("batches") + 1
    return schedule.JobReport(f"Parte {done} de 3.", more=done < 3)


@pytest.fixture
def planned(queue_app: Flask) -> Iterator[Flask]:
    """The app inside its context, with two jobs planned at noon for each full hour."""
    entries = ((hourly, schedule.every(minutes=60)), (failing, schedule.every(minutes=60)))
    schedule.init_app(queue_app, timetable=entries)
    with queue_app.app_context():
        plan_jobs(db.engine, now=NOON)
        yield queue_app


def at(instant: datetime) -> Callable[[], datetime]:
    return lambda: instant


def run_all(now: datetime) -> int:
    runs = 0
    while run_due_job(db.engine, clock=at(now)):
        runs += 1
    return runs


def counted(stream: str) -> int:
    with Session(db.engine) as session:
        return session.scalar(select(LogHead.position).where(LogHead.stream == stream)) or 0


def health_of(name: str, now: datetime = NOON) -> schedule.JobHealth:
    with Session(db.engine) as session:
        return next(health for health in schedule.job_health(session, now) if health.name == name)


class TestAJob:
    def test_does_not_run_before_its_time(self, planned: Flask) -> None:
        assert run_all(NOON + HOUR - timedelta(seconds=1)) == 0

    def test_runs_once_at_its_time(self, planned: Flask) -> None:
        assert run_all(NOON + HOUR) == 2
        assert run_all(NOON + HOUR) == 0
        assert counted("hourly") == 1
        assert health_of("tests-hourly").next_run_at == NOON + 2 * HOUR

    def test_runs_once_after_an_outage_not_in_a_burst(self, planned: Flask) -> None:
        plan_jobs(db.engine, now=NOON + 30 * HOUR)  # the worker starts again
        run_all(NOON + 30 * HOUR)
        assert counted("hourly") == 1
        assert health_of("tests-hourly").next_run_at == NOON + 31 * HOUR

    def test_runs_once_when_four_workers_look(self, planned: Flask) -> None:
        barrier = threading.Barrier(4)

        def worker() -> None:
            with planned.app_context():
                barrier.wait()
                run_due_job(db.engine, clock=at(NOON + HOUR))

        threads = [threading.Thread(target=worker) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert counted("hourly") == 1
        with Session(db.engine) as session:
            runs = session.scalars(
                select(schedule.JobRun.outcome).where(schedule.JobRun.job == "tests-hourly")
            )
            assert list(runs) == ["ok"]

    def test_keeps_nothing_of_a_failed_run_and_shows_it(self, planned: Flask) -> None:
        run_all(NOON + HOUR)
        assert counted("failing") == 0
        health = health_of("tests-failing", NOON + HOUR)
        assert health.last_run is not None
        assert (health.last_run.outcome, health.last_run.error_type) == ("failed", "KeyError")
        assert "ana@" not in health.last_run.message
        assert health.failures_in_a_row == 1
        assert health.next_run_at == NOON + HOUR + timedelta(minutes=10)

    def test_tells_the_reason_of_a_refusal(self, planned: Flask) -> None:
        schedule.init_app(planned, timetable=((refused, schedule.every(minutes=60)),))
        plan_jobs(db.engine, now=NOON)
        run_all(NOON + HOUR)
        last_run = health_of("tests-refused").last_run
        assert last_run is not None
        assert last_run.message == "Falta a tabela de preços de agosto."

    def test_counts_its_failures_in_a_row(self, planned: Flask) -> None:
        for hour in (1, 2, 3):
            run_all(NOON + hour * HOUR)
        assert health_of("tests-failing").failures_in_a_row == 3

    def test_follows_a_changed_timetable_from_the_next_start(self, planned: Flask) -> None:
        schedule.init_app(planned, timetable=((hourly, schedule.daily("06:00")),))
        plan_jobs(db.engine, now=NOON)
        assert health_of("tests-hourly").next_run_at == NOON + 18 * HOUR  # 12:00 to 06:00 in São Paulo

    def test_is_late_when_nobody_ran_it(self, planned: Flask) -> None:
        assert health_of("tests-hourly", NOON + HOUR).is_late is False
        assert health_of("tests-hourly", NOON + 2 * HOUR).is_late is True


class TestAJobThatDoesABatch:
    def test_runs_again_at_once_until_nothing_waits_each_batch_for_itself(self, planned: Flask) -> None:
        schedule.init_app(planned, timetable=((in_batches, schedule.daily("06:00")),))
        plan_jobs(db.engine, now=NOON)
        tomorrow = NOON + 18 * HOUR
        assert run_due_job(db.engine, clock=at(tomorrow))
        assert (counted("batches"), health_of("tests-batches").next_run_at) == (1, tomorrow)
        assert run_all(tomorrow) == 2
        assert (counted("batches"), health_of("tests-batches").next_run_at) == (3, tomorrow + 24 * HOUR)

    def test_is_run_to_its_end_by_hand(self, planned: Flask) -> None:
        schedule.init_app(planned, timetable=((in_batches, schedule.daily("06:00")),))
        run = schedule.run_job_now(db.engine, in_batches, schedule.daily("06:00"), as_of=NOON, clock=at(NOON))
        assert (run.message, counted("batches")) == ("Parte 3 de 3.", 3)


class TestAJobRunByHand:
    def test_works_as_of_the_given_instant_and_leaves_the_plan(self, planned: Flask) -> None:
        as_of = NOON - timedelta(days=10)
        run = schedule.run_job_now(db.engine, hourly, schedule.every(minutes=60), as_of=as_of, clock=at(NOON))
        assert run.message == "Contado às 15:00."
        assert (run.as_of, run.started_at) == (as_of, NOON)
        assert health_of("tests-hourly").next_run_at == NOON + HOUR


class TestARunningWorker:
    @pytest.mark.deep
    def test_does_at_once_what_its_process_commits(self, queue_app: Flask) -> None:
        schedule.init_app(queue_app, timetable=((count, schedule.daily("03:00")),))
        schedule.launch(queue_app, schedule.Pace(poll_s=30))
        with queue_app.app_context():
            schedule.make_due(db.session, count, now=NOON)
            db.session.commit()
            wait_until(lambda: counted("tests") == 1, what="the job", timeout_s=5)

    @pytest.mark.deep
    def test_stops_soon(self, queue_app: Flask) -> None:
        schedule.launch(queue_app, schedule.Pace(poll_s=30))
        schedule.shutdown(queue_app)
        assert [thread for thread in threading.enumerate() if thread.name.startswith("queue-")] == []


class TestOldHistory:
    def test_is_forgotten_after_ninety_days_but_for_each_last_run(self, planned: Flask) -> None:
        run_all(NOON + HOUR)
        run_all(NOON + 2 * HOUR)
        message = schedule.forget_old_work(db.session, now=NOON + timedelta(days=91)).message
        db.session.commit()
        assert message == "2 registros antigos removidos."
        assert health_of("tests-hourly").last_run is not None
