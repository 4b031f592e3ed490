"""The log: append-only, and a chain that shows what was altered behind its back (invariant L1)."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from portal.shared import audit
from portal.shared.audit import LogEntry, first_broken_position
from portal.shared.auth import Role
from portal.shared.db import db
from portal.users.models import User
from tests.factories.users import make_user
from tests.support.application import Transaction

NOW = datetime(2026, 7, 15, 12, 0, 0, 123456, tzinfo=UTC)
ENTRIES = 5


def record(session: Session, subject: User, number: int) -> LogEntry:
    return audit.record(
        session,
        action="user_renamed",
        summary=f"Nome alterado {number}.",
        subject=subject,
        actor=None,
        now=NOW + timedelta(minutes=number),
        facts={"ção": [number, None, "\u2028"]},
    )


@pytest.fixture
def house(transaction: Transaction) -> str:
    """A stream with five entries."""
    with transaction() as session:
        user = make_user(session, role=Role.ADMIN)
        for number in range(ENTRIES):
            record(session, user, number)
    return "house"


def without_triggers(session: Session) -> None:
    """As somebody with the database's own password would."""
    session.execute(text("ALTER TABLE log_entries DISABLE TRIGGER USER"))


class TestTheLog:
    def test_holds_together_when_nobody_touched_it(self, transaction: Transaction, house: str) -> None:
        with transaction() as session:
            assert first_broken_position(session, house) is None

    @pytest.mark.parametrize("statement", ["UPDATE log_entries SET summary = 'x'", "DELETE FROM log_entries"])
    @pytest.mark.usefixtures("house")
    def test_can_neither_be_changed_nor_removed(self, transaction: Transaction, statement: str) -> None:
        with transaction() as session:
            with pytest.raises(DatabaseError):
                session.execute(text(statement))
            session.rollback()
        with transaction() as session:
            assert len(session.scalars(select(LogEntry.summary)).all()) == ENTRIES

    @pytest.mark.usefixtures("house")
    def test_cannot_be_emptied_at_one_stroke(self, transaction: Transaction) -> None:
        with transaction() as session:
            with pytest.raises(DatabaseError, match="append-only"):
                session.execute(text("TRUNCATE log_entries"))
            session.rollback()

    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("statement", "position"),
        [
            ("UPDATE log_entries SET summary = 'outra' WHERE position = 3", 3),
            ("UPDATE log_entries SET at = '2026-07-15 12:00:01.000000+00:00' WHERE position = 2", 2),
            ("UPDATE log_entries SET actor_label = 'Outra pessoa' WHERE position = 1", 1),
            ("DELETE FROM log_entries WHERE position = 4", 4),
            ("DELETE FROM log_entries WHERE position = 5", 5),
            ("UPDATE log_entries SET position = 9 WHERE position = 5", 5),
            ("UPDATE log_entries SET hash = previous_hash WHERE position = 5", 5),
        ],
    )
    def test_shows_where_it_was_altered_behind_its_triggers(
        self, transaction: Transaction, house: str, statement: str, position: int
    ) -> None:
        with transaction() as session:
            without_triggers(session)
            session.execute(text(statement))
        with transaction() as session:
            assert first_broken_position(session, house) == position

    @pytest.mark.deep
    @pytest.mark.parametrize("begun", [True, False], ids=["begun", "new"])
    def test_grows_without_gaps_under_several_hands(
        self, app: Flask, transaction: Transaction, begun: bool
    ) -> None:
        with transaction() as session:
            user = make_user(session, role=Role.ADMIN)
            user_id = user.id
            if begun:
                record(session, user, 1)
        barrier = threading.Barrier(4)

        def run() -> None:
            with app.app_context():
                barrier.wait()
                record(db.session, db.session.get_one(User, user_id), 7)
                db.session.commit()

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with transaction() as session:
            positions = session.scalars(select(LogEntry.position).order_by(LogEntry.position)).all()
            assert list(positions) == list(range(1, 5 + begun))
            assert first_broken_position(session, "house") is None
