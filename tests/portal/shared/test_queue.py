"""Queue: enqueued by a commit, done outside of any transaction, written down once."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared import queue
from portal.shared.audit import LogHead
from portal.shared.db import db
from portal.shared.queue import (
    JobKind,
    Lane,
    NotYet,
    QueuedJob,
    TryLater,
    run_all,
    run_first_due,
    run_next_job,
)
from portal.shared.refusals import Conflict
from tests.support.queue_app import NOON, count_up

MINUTE = timedelta(minutes=1)


class Bank:
    """What the jobs of these tests reach: it can be away, and something can happen while it answers."""

    def __init__(self) -> None:
        self.calls: list[int] = []
        self.fault: BaseException | None = None
        self.meanwhile: Callable[[], None] = lambda: None

    def call(self, number: int) -> str:
        self.calls.append(number)
        self.meanwhile()
        if self.fault:
            raise self.fault
        return f"charged {number}"


class Work:
    """The kinds of jobs of these tests, and what they wrote."""

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.settling: Exception | None = None
        self.preparing: Exception | None = None

    def before(self, session: Session, subject_id: int, *, now: datetime) -> int | None:
        if self.preparing:
            raise self.preparing
        return subject_id if recorded(session, f"charge:{subject_id}") == 0 or subject_id >= 100 else None

    def record(self, session: Session, subject_id: int, outcome: Any, *, now: datetime) -> None:
        assert outcome == f"charged {subject_id}"
        count_up(session, now=now, stream=f"charge:{subject_id}")
        session.flush()
        if self.settling:
            raise self.settling

    def on_failure(self, session: Session, subject_id: int, *, now: datetime) -> None:
        count_up(session, now=now, stream=f"given-up:{subject_id}")

    def kinds(self) -> tuple[JobKind, ...]:
        def kind(name: str, lane: Lane) -> JobKind:
            return JobKind(
                name=name,
                title="Cobrar",
                lane=lane,
                before=self.before,
                call=self.bank.call,
                record=self.record,
                on_failure=self.on_failure,
            )

        return kind("charge", Lane.CARD), kind("print", Lane.PAPER)


def recorded(session: Session, stream: str) -> int:
    return session.scalar(select(LogHead.position).where(LogHead.stream == stream)) or 0


@pytest.fixture
def bank() -> Bank:
    return Bank()


@pytest.fixture
def work(queue_app: Flask, bank: Bank) -> Iterator[Work]:
    made = Work(bank)
    queue.init_app(queue_app, kinds=made.kinds())
    with queue_app.app_context():
        yield made


def enqueue(subject_id: int = 1, kind: str = "charge", now: datetime = NOON, **more: Any) -> None:
    with Session(db.engine) as session, session.begin():
        queue.enqueue(session, kind, subject_id=subject_id, now=now, **more)


def run(now: datetime = NOON, lane: Lane = Lane.CARD) -> bool:
    return run_next_job(db.engine, lane, clock=lambda: now)


def row(subject_id: int = 1) -> QueuedJob:
    with Session(db.engine) as session:
        return session.scalars(select(QueuedJob).filter_by(subject_id=subject_id)).one()


def times(stream: str) -> int:
    with Session(db.engine) as session:
        return recorded(session, stream)


class TestAQueuedJob:
    def test_is_done_and_written_down_once(self, work: Work, bank: Bank) -> None:
        enqueue()
        assert (run(), run()) == (True, False)
        assert (bank.calls, times("charge:1"), row().state) == ([1], 1, "done")

    def test_is_not_there_when_its_cause_was_undone(self, work: Work, bank: Bank) -> None:
        with Session(db.engine) as session:
            queue.enqueue(session, "charge", subject_id=1, now=NOON)
            session.rollback()
        assert (run(), bank.calls) == (False, [])

    def test_waits_for_its_time(self, work: Work, bank: Bank) -> None:
        enqueue(not_before=NOON + MINUTE)
        assert (run(), run(NOON + MINUTE)) == (False, True)

    @pytest.mark.deep
    def test_does_nothing_when_nothing_is_left_to_do(self, work: Work, bank: Bank) -> None:
        for _twice in range(2):
            enqueue()
            run()
        assert (bank.calls, times("charge:1"), row().state) == ([1], 1, "done")

    def test_runs_once_more_when_it_is_promised_while_it_runs(self, work: Work, bank: Bank) -> None:
        enqueue(100)
        bank.meanwhile = lambda: enqueue(100) if len(bank.calls) == 1 else None
        while run():
            pass
        assert (bank.calls, times("charge:100"), row(100).state) == ([100, 100], 2, "done")

    def test_has_a_known_kind(self, work: Work) -> None:
        with pytest.raises(LookupError):
            enqueue(kind="unheard-of")

    def test_is_held_up_by_no_other_lane(self, work: Work, bank: Bank) -> None:
        enqueue(1, "charge")
        enqueue(2, "print")
        answer = threading.Event()
        bank.meanwhile = lambda: None if bank.calls[-1] == 2 else assert_set(answer)
        app = work_app()
        hanging = threading.Thread(target=lambda: in_context(app, run))
        hanging.start()
        try:
            while not bank.calls:
                pass
            assert run(lane=Lane.PAPER)
            assert times("charge:2") == 1
        finally:
            answer.set()
            hanging.join(10)
        assert times("charge:1") == 1


class TestAllThatIsDue:
    def test_is_done_one_at_a_time_the_first_lane_first(self, work: Work, bank: Bank) -> None:
        enqueue(1, "print")
        enqueue(2, "charge", not_before=NOON + MINUTE)
        enqueue(3, "charge", not_before=NOON + 2 * MINUTE)
        assert run_first_due(db.engine, clock=lambda: NOON + MINUTE)
        assert bank.calls == [2]
        assert run_all(db.engine, clock=lambda: NOON + MINUTE) == 1
        assert bank.calls == [2, 1]

    def test_is_whatever_another_lets_go_and_nothing_it_has_in_hand(self, work: Work, bank: Bank) -> None:
        enqueue()
        seen: list[int] = []
        bank.meanwhile = lambda: seen.append(run_all(db.engine, clock=lambda: NOON))
        assert run_all(db.engine, clock=lambda: NOON) == 1
        assert (bank.calls, seen) == ([1], [0])


class TestAJobThatFails:
    def test_is_tried_again_later_and_says_what_it_waits_for(self, work: Work, bank: Bank) -> None:
        enqueue()
        bank.fault = TryLater("O processador de cartões não responde.")
        assert (run(), run()) == (True, False)
        assert row().last_error == "O processador de cartões não responde."
        bank.fault = None
        assert run(NOON + MINUTE)
        assert (bank.calls, times("charge:1"), row().last_error) == ([1, 1], 1, "")

    def test_tells_nothing_but_the_kind_of_an_unexpected_fault(self, work: Work, bank: Bank) -> None:
        enqueue()
        bank.fault = KeyError("ana@padaria.example")
        run()
        assert row().last_error == "KeyError"

    def test_leaves_nothing_half_written(self, work: Work, bank: Bank) -> None:
        enqueue()
        work.settling = RuntimeError()
        run()
        assert (times("charge:1"), row().state) == (0, "waiting")
        work.settling = None
        run(NOON + MINUTE)
        assert (times("charge:1"), row().state) == (1, "done")

    def test_before_it_begins_holds_up_no_other(self, work: Work, bank: Bank) -> None:
        enqueue(1)
        enqueue(2)
        work.preparing = RuntimeError()
        assert run()
        work.preparing = None
        assert run()
        assert (bank.calls, row(1).attempts) == ([2], 1)

    @pytest.mark.deep
    def test_waits_longer_each_time(self, work: Work, bank: Bank) -> None:
        enqueue()
        bank.fault = TryLater("fora do ar")
        now, waits = NOON, []
        for _attempt in range(5):
            assert run(now)
            waits.append(row().next_attempt_at - now)
            now = row().next_attempt_at
        assert waits == sorted(waits)
        assert waits[0] < MINUTE <= waits[-1]

    def test_is_given_up_after_a_day_and_can_be_tried_again(self, work: Work, bank: Bank) -> None:
        enqueue()
        bank.fault = TryLater("fora do ar")
        run()
        tomorrow = NOON + timedelta(days=1)
        run(tomorrow)
        assert (row().state, times("given-up:1"), run(tomorrow + MINUTE)) == ("failed", 1, False)
        bank.fault = None
        with Session(db.engine) as session, session.begin():
            ((stuck, title),) = queue.list_stuck(session, tomorrow)
            assert title == "Cobrar"
            queue.try_again(session, job_id=stuck.id, now=tomorrow + MINUTE)
        assert run(tomorrow + MINUTE)
        assert (row().state, times("charge:1")) == ("done", 1)

    def test_that_is_not_to_be_done_yet_has_its_day_of_trying_from_then_on(
        self, work: Work, bank: Bank
    ) -> None:
        monday = NOON + timedelta(days=3)
        enqueue()
        work.preparing = NotYet("Fora do horário", until=monday)
        run()
        assert (row().state, row().next_attempt_at) == ("waiting", monday)
        assert not run(monday - MINUTE)
        work.preparing, bank.fault = None, TryLater("fora do ar")
        run(monday)
        assert row().state == "waiting"
        bank.fault = None
        assert run(monday + timedelta(hours=1))
        assert (row().state, times("charge:1")) == ("done", 1)

    def test_is_not_tried_again_once_it_is_done(self, work: Work) -> None:
        enqueue()
        run()
        done = row().id
        with Session(db.engine) as session, pytest.raises(Conflict):
            queue.try_again(session, job_id=done, now=NOON)


class TestAWorkerThatIsGone:
    def test_leaves_its_job_to_the_next_when_the_lease_ends(self, work: Work, bank: Bank) -> None:
        enqueue()
        bank.fault = KilledHere()
        with pytest.raises(KilledHere):
            run()
        bank.fault = None
        assert not run(NOON + MINUTE)
        assert run(NOON + 3 * MINUTE)
        assert (bank.calls, times("charge:1")) == ([1, 1], 1)

    def test_writes_nothing_when_it_comes_back_too_late(self, work: Work, bank: Bank) -> None:
        enqueue()
        late = NOON + 3 * MINUTE

        def another_takes_over() -> None:
            if len(bank.calls) == 1:
                run(late)

        bank.meanwhile = another_takes_over
        run()
        assert (bank.calls, times("charge:1"), row().state) == ([1, 1], 1, "done")


class TestTwoWorkers:
    def test_never_hold_one_job(self, work: Work, bank: Bank) -> None:
        for number in range(1, 9):
            enqueue(number)
        app = work_app()

        def work_all() -> None:
            while run():
                pass

        threads = [threading.Thread(target=lambda: in_context(app, work_all)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(bank.calls) == list(range(1, 9))
        assert [times(f"charge:{number}") for number in range(1, 9)] == [1] * 8


class KilledHere(BaseException):
    """Stands for the end of the process: nothing after it runs."""


def assert_set(event: threading.Event) -> None:
    assert event.wait(10)


def work_app() -> Flask:
    from flask import current_app

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app


def in_context(app: Flask, step: Callable[[], object]) -> None:
    with app.app_context():
        step()
