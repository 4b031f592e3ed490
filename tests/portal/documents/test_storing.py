"""What is stored stays as it was, and nothing else is ever served (invariant L2)."""

import hashlib
import json
import logging
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from portal.documents import queries
from portal.documents.models import StoredFile
from portal.documents.rules.files import FileDamaged, FilesDamaged
from portal.documents.rules.paper import paper_to_json
from portal.documents.scheduled import check_files
from portal.shared.audit import LogEntry
from portal.shared.refusals import Missing
from tests.factories.documents import STORED_AT, a_paper, make_file
from tests.factories.partners import make_partner
from tests.factories.quotes import make_house
from tests.factories.users import actor_of, make_user

CONTENT = b"%PDF-1.7 what was agreed"


def a_file(session: Session, **changes: Any) -> StoredFile:
    return make_file(session, customer=make_house(session).customer, **{"content": CONTENT} | changes)


def damage(session: Session, file: StoredFile, column: str, value: object) -> None:
    """Change a stored file as only somebody can who holds the database itself."""
    session.execute(text("ALTER TABLE stored_files DISABLE TRIGGER stored_files_no_update"))
    session.execute(
        text(f"UPDATE stored_files SET {column} = :value WHERE id = :id"),  # noqa: S608 - a name of the test
        {"value": value, "id": file.id},
    )


def checked(session: Session, day: int) -> str:
    """What the nightly check of a day says."""
    try:
        return check_files(session, now=STORED_AT + timedelta(days=day)).message
    except FilesDamaged as refusal:
        return refusal.message


class TestAStoredFile:
    def test_is_read_as_it_was_stored(self, session: Session) -> None:
        file = a_file(session)
        session.expire_all()
        assert queries.read_content(session, file.id) == CONTENT
        assert (file.size, file.sha256) == (24, hashlib.sha256(CONTENT).hexdigest())

    def test_keeps_what_it_says_and_in_which_layout(self, session: Session) -> None:
        paper = a_paper()
        file = a_file(session, reading=paper)
        session.expire_all()
        assert queries.read_paper(session, file.id) == paper
        assert file.layout == "contract_1"

    def test_stands_in_the_customers_log_with_its_digest(self, session: Session) -> None:
        house = make_house(session)
        file = make_file(session, customer=house.customer, actor=house.seller, content=CONTENT)
        entry = session.scalars(select(LogEntry).where(LogEntry.action == "file_stored")).one()
        assert (entry.customer_id, entry.subject_id, entry.at) == (house.customer.id, file.id, STORED_AT)
        assert entry.actor_label == "Bruno Lima"
        assert entry.facts["sha256"] == hashlib.sha256(CONTENT).hexdigest()

    @pytest.mark.parametrize(
        ("column", "value"), [("content", b"another"), ("sha256", "0" * 64), ("title", "Outro"), ("size", 1)]
    )
    def test_is_never_changed(self, session: Session, column: str, value: object) -> None:
        a_file(session)
        change = update(StoredFile).values({column: value})
        with pytest.raises(DatabaseError, match="stored_files is append-only"), session.begin_nested():
            session.execute(change)

    def test_is_never_removed(self, session: Session) -> None:
        a_file(session)
        with pytest.raises(DatabaseError, match="stored_files is append-only"), session.begin_nested():
            session.execute(text("DELETE FROM stored_files"))

    def test_of_one_partner_belongs_to_no_customer_of_another(self, session: Session) -> None:
        customer, rival = make_house(session).customer, make_partner(session, trade_name="Norte")
        with pytest.raises(IntegrityError, match=r"(?i)foreign key"), session.begin_nested():
            make_file(session, customer=customer, partner_id=rival.id)

    def test_is_not_empty(self, session: Session) -> None:
        with pytest.raises(IntegrityError, match="not_empty"), session.begin_nested():
            a_file(session, content=b"")

    def test_is_not_there_for_another_partner(self, session: Session) -> None:
        rival = make_partner(session, trade_name="Norte")
        stranger = actor_of(make_user(session, partner_id=rival.id))
        file = a_file(session)
        with pytest.raises(Missing):
            queries.get_file(session, file.id, actor=stranger)


class TestADamagedFile:
    @pytest.mark.parametrize(
        ("column", "value"),
        [("content", CONTENT[:-1] + b"E"), ("content", CONTENT + b"\n"), ("sha256", "0" * 64), ("size", 25)],
    )
    def test_is_not_read_and_the_operators_learn_of_it(
        self, session: Session, caplog: pytest.LogCaptureFixture, column: str, value: object
    ) -> None:
        file = a_file(session)
        damage(session, file, column, value)
        with caplog.at_level(logging.ERROR), pytest.raises(FileDamaged):
            queries.read_content(session, file.id)
        assert f"stored file {file.id} is damaged" in caplog.text

    def test_is_found_within_a_week_though_nobody_asks_for_it(
        self, session: Session, caplog: pytest.LogCaptureFixture
    ) -> None:
        customer = make_house(session).customer
        files = [make_file(session, customer=customer) for _ in range(10)]
        damage(session, files[4], "content", b"another")
        with caplog.at_level(logging.ERROR):
            said = [checked(session, day) for day in range(7)]
        (found,) = [message for message in said if "Todos íntegros." not in message]
        assert f"Danificados: 1 (números {files[4].id})." in found
        assert sum(int(re.findall(r"conferidos: (\d+)", message)[0]) for message in said) == 10
        assert f"stored file {files[4].id} is damaged" in caplog.text

    @pytest.mark.parametrize("reading", ["another", "no paper"])
    def test_is_not_shown(self, session: Session, caplog: pytest.LogCaptureFixture, reading: str) -> None:
        file = a_file(session, reading=a_paper())
        other = paper_to_json(a_paper(number="2026-000124")) if reading == "another" else {"parts": []}
        damage(session, file, "reading", json.dumps(other))
        with caplog.at_level(logging.ERROR), pytest.raises(FileDamaged):
            queries.read_paper(session, file.id)
        assert f"stored file {file.id} is damaged" in caplog.text
