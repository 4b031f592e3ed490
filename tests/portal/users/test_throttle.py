"""Slowing down who guesses passwords, whichever process or thread the guesses meet."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.shared.auth import Role
from portal.shared.db import db
from portal.shared.refusals import TooManyAttempts
from portal.users.models import Throttle
from portal.users.operations.attempts import count_password_reset, count_sign_in, forget_old_attempts
from portal.users.operations.sessions import sign_in
from tests.factories.users import PASSWORD, make_user
from tests.support.application import SECRET_KEY, Transaction
from tests.support.clients import PortalClient
from tests.support.forked import Forked

EMAIL = "bruno@sulsistemas.com.br"
WRONG = "chute número um"
NOON = datetime(2026, 7, 1, 15, 0, tzinfo=UTC)  # 12:00 in São Paulo


@pytest.fixture(autouse=True)
def bruno(transaction: Transaction) -> None:
    with transaction() as session:
        make_user(session, email=EMAIL, role=Role.SUPPORT)


def guess(visitor: PortalClient, password: str = WRONG, email: str = EMAIL) -> tuple[int, str]:
    visitor.get("/entrar")
    answer = visitor.submit("/entrar", {"email": email, "password": password})
    return answer.status_code, answer.text


def count(
    transaction: Transaction, *, email: str = EMAIL, address: str = "203.0.113.9", now: datetime = NOON
) -> None:
    with transaction() as session:
        count_sign_in(session, email=email, address=address, now=now)


class TestGuessingAtOneAddress:
    @pytest.mark.deep
    def test_is_stopped_after_five_attempts_with_the_time_to_try_again(self, visitor: PortalClient) -> None:
        with time_machine.travel(NOON, tick=False):
            assert [guess(visitor)[0] for _ in range(5)] == [422] * 5
            visitor.get("/entrar")
            answer = visitor.submit("/entrar", {"email": EMAIL, "password": PASSWORD})
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "61"
        assert "Foram muitas tentativas. Por segurança, tente de novo às 12:01." in answer.text

    @pytest.mark.deep
    def test_lets_the_right_person_in_after_the_pause_and_forgets_the_attempts(
        self, visitor: PortalClient
    ) -> None:
        with time_machine.travel(NOON, tick=False) as clock:
            for _ in range(5):
                guess(visitor)
            clock.move_to(NOON + timedelta(seconds=61))
            assert guess(visitor, PASSWORD)[0] == 303
            visitor.submit("/sair") if visitor.get("/conta").status_code == 200 else None
            assert [guess(visitor)[0] for _ in range(5)] == [422] * 5

    def test_brings_longer_pauses_each_time_but_never_more_than_fifteen_minutes(
        self, transaction: Transaction
    ) -> None:
        now, pauses = NOON, []
        for _ in range(4):
            count(transaction, now=now)
        for _ in range(6):
            count(transaction, now=now)
            with pytest.raises(TooManyAttempts) as refusal:
                count(transaction, now=now)
            pauses.append(refusal.value.retry_after // 60)
            now += timedelta(seconds=refusal.value.retry_after)
        assert pauses == [1, 2, 5, 10, 15, 15]

    def test_begins_anew_an_hour_after_the_first_attempt(self, transaction: Transaction) -> None:
        for _ in range(4):
            count(transaction, now=NOON)
        for _ in range(5):
            count(transaction, now=NOON + timedelta(hours=1))
        with pytest.raises(TooManyAttempts):
            count(transaction, now=NOON + timedelta(hours=1))

    @pytest.mark.deep
    def test_is_stopped_for_unknown_addresses_alike(self, visitor: PortalClient) -> None:
        statuses = [guess(visitor, email="ninguem@sulsistemas.com.br")[0] for _ in range(6)]
        assert statuses == [422] * 5 + [429]

    @pytest.mark.deep
    def test_does_not_slow_down_anybody_else(self, transaction: Transaction, visitor: PortalClient) -> None:
        with transaction() as session:
            make_user(session, email="carla@sulsistemas.com.br", role=Role.SUPPORT)
        for _ in range(6):
            guess(visitor)
        assert guess(visitor, PASSWORD, "carla@sulsistemas.com.br")[0] == 303


class TestGuessingFromOneNetwork:
    @pytest.mark.deep
    def test_is_stopped_after_forty_attempts_at_any_addresses(self, transaction: Transaction) -> None:
        for number in range(40):
            count(transaction, email=f"pessoa{number}@exemplo.com.br", address="2001:db8::1")
        with pytest.raises(TooManyAttempts):
            count(transaction, email="outra@exemplo.com.br", address="2001:db8::2")
        count(transaction, email="outra@exemplo.com.br", address="203.0.113.10")

    def test_is_not_forgiven_by_signing_in_to_an_account_of_ones_own(self, transaction: Transaction) -> None:
        for number in range(38):
            count(transaction, email=f"pessoa{number}@exemplo.com.br")
        count(transaction)
        with transaction() as session:
            sign_in(session, email=EMAIL, password=PASSWORD, address="203.0.113.9", now=NOON)
        for number in range(2):
            count(transaction, email=f"mais{number}@exemplo.com.br")
        with pytest.raises(TooManyAttempts):
            count(transaction, email="outra@exemplo.com.br")


class TestAskingForNewPasswordsFromOneNetwork:
    def test_is_stopped_for_a_quarter_of_an_hour_after_twenty_of_them(self, session: Session) -> None:
        def ask(number: int, address: str = "203.0.113.9") -> None:
            email = f"pessoa{number}@exemplo.com.br"
            count_password_reset(session, email=email, address=address, now=NOON)

        for number in range(20):
            ask(number)
        with pytest.raises(TooManyAttempts) as refusal:
            ask(20)
        assert refusal.value.retry_after == 15 * 60 + 1
        ask(20, "203.0.113.10")


class TestAttemptsAtTheSameTime:
    def test_never_get_more_than_what_is_free_in_threads(self, app: Flask) -> None:
        passed: list[bool] = []
        start = threading.Barrier(12)

        def attempt() -> None:
            start.wait()
            with app.app_context():
                try:
                    count_sign_in(db.session, email=EMAIL, address="203.0.113.9", now=NOON)
                    db.session.commit()
                    passed.append(True)
                except TooManyAttempts:
                    db.session.rollback()
                    passed.append(False)

        threads = [threading.Thread(target=attempt) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert (passed.count(True), passed.count(False)) == (5, 7)

    @pytest.mark.deep
    def test_never_get_more_than_what_is_free_in_processes(self, app: Flask, tmp_path: Path) -> None:
        settings = app.config["PORTAL"]
        environment = {
            "PATH": "/usr/bin:/bin",
            "PORTAL_ENVIRONMENT": "test",
            "PORTAL_DATABASE_URL": settings.database_url,
            "PORTAL_SECRET_KEY": SECRET_KEY,
            "PORTAL_VAR": str(tmp_path),
        }
        said = [tmp_path / f"said-{number}" for number in range(3)]
        command = ("tests.support.guessing_process", EMAIL, "4")
        processes = [Forked(command, environment, file) for file in said]
        assert [process.wait(timeout=60) for process in processes] == [0, 0, 0]
        assert sum(int(file.read_text()) for file in said) == 5


class TestTheTableOfAttempts:
    def test_does_not_tell_whose_they_are(self, transaction: Transaction) -> None:
        count(transaction)
        with transaction() as session:
            keys = session.scalars(select(Throttle.key)).all()
        assert len(keys) == 2
        assert all(len(key) == 64 and "bruno" not in key and "203" not in key for key in keys)

    def test_is_emptied_of_what_is_over(self, transaction: Transaction) -> None:
        count(transaction, now=NOON - timedelta(hours=2))
        count(transaction, email="outra@exemplo.com.br", address="203.0.113.10", now=NOON)
        with transaction() as session:
            assert forget_old_attempts(session, now=NOON) == 2
            assert len(session.scalars(select(Throttle.id)).all()) == 2
