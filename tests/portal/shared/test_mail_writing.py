"""A notice is put into words when it leaves, also when that fails, or when the brake held it before."""

import logging
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from portal.shared.db import db
from portal.shared.mail_delivery import send_again
from portal.shared.mail_release import drop, release
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import Lane, QueuedJob, run_next_job
from tests.support.queue_app import NOON, queue_approved
from tests.support.smtp import MailServer

MINUTE = timedelta(minutes=1)
HOUR_FULL = 20  # `LIMITS.per_receiver` of the app
NO_TEMPLATE = {"template": "carta para Maria da Silva"}


def queue(app: Flask, key: str, **changes: Any) -> None:
    with app.app_context():
        queue_approved(db.session, key=key, **changes)
        db.session.commit()


def deliver(app: Flask, now: datetime = NOON) -> None:
    with app.app_context():
        while run_next_job(db.engine, Lane.MAIL, clock=lambda: now):
            pass


def stored(app: Flask, key: str) -> MailMessage:
    with app.app_context():
        return db.session.scalars(select(MailMessage).filter_by(key=key)).one()


def mend(app: Flask, key: str) -> None:
    """As the next version of the portal would."""
    with app.app_context():
        db.session.scalars(select(MailMessage).filter_by(key=key)).one().facts = {}
        db.session.commit()


def hold_one(app: Flask, **changes: Any) -> int:
    """Fill the receiver's hour, and queue one more; its id."""
    for number in range(HOUR_FULL):
        queue(app, f"approved:{number}")
    queue(app, "held", **changes)
    held = stored(app, "held")
    assert (held.state, held.text_body) == (MailState.HELD, None)
    return held.id


class TestAMailThatCannotBeWritten:
    @pytest.mark.deep
    @pytest.mark.parametrize(
        ("facts", "why"),
        [
            (NO_TEMPLATE, "TemplateNotFound"),
            ({"needed_until": "when Maria comes"}, "ValueError"),
            ({"link_hours": 1, "template": "linkless"}, "ValueError"),
        ],
    )
    def test_waits_with_the_reason_and_keeps_no_other_waiting(
        self, queue_app: Flask, mail_server: MailServer, facts: dict[str, Any], why: str
    ) -> None:
        queue(queue_app, "broken", facts=facts)
        queue(queue_app, "fine")
        deliver(queue_app)
        assert len(mail_server.messages) == 1
        assert stored(queue_app, "fine").state == MailState.SENT
        broken = stored(queue_app, "broken")
        assert (broken.state, broken.text_body, broken.let_go_at) == (MailState.QUEUED, None, None)
        with queue_app.app_context():
            job = db.session.scalars(select(QueuedJob).filter_by(subject_id=broken.id)).one()
            assert (job.state, job.attempts, job.next_attempt_at) == ("waiting", 1, NOON + MINUTE)
            assert job.last_error == f"Não foi possível escrever este e-mail: {why}."

    def test_leaves_when_it_can_be_written(self, queue_app: Flask, mail_server: MailServer) -> None:
        queue(queue_app, "broken", facts=NO_TEMPLATE)
        deliver(queue_app)
        mend(queue_app, "broken")
        deliver(queue_app, NOON + MINUTE)
        assert stored(queue_app, "broken").state == MailState.SENT
        assert len(mail_server.messages) == 1

    def test_fails_after_a_day_with_that_reason_and_can_be_sent_again(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        queue(queue_app, "broken", facts=NO_TEMPLATE)
        a_day_later = NOON + timedelta(hours=24)
        deliver(queue_app, a_day_later)
        failed = stored(queue_app, "broken")
        assert failed.state == MailState.FAILED
        assert failed.last_error == "Não foi possível escrever este e-mail: TemplateNotFound."
        mend(queue_app, "broken")
        with queue_app.app_context():
            send_again(db.session, mail_id=failed.id, now=a_day_later)
            db.session.commit()
        deliver(queue_app, a_day_later)
        assert stored(queue_app, "broken").state == MailState.SENT

    def test_tells_nothing_of_people_in_the_log(
        self, queue_app: Flask, mail_server: MailServer, caplog: pytest.LogCaptureFixture
    ) -> None:
        queue(queue_app, "broken", facts=NO_TEMPLATE)
        with caplog.at_level(logging.INFO):
            deliver(queue_app)
        assert "TemplateNotFound" in caplog.text
        assert "Maria" not in caplog.text
        assert "padaria.example" not in caplog.text
        assert mail_server.messages == []


class TestAHeldMail:
    @pytest.mark.deep
    def test_is_written_when_somebody_releases_it(self, queue_app: Flask, mail_server: MailServer) -> None:
        mail_id = hold_one(queue_app, facts={"link_hours": 1})
        deliver(queue_app)
        with queue_app.app_context():
            release(db.session, mail_id=mail_id, now=NOON + MINUTE)
            db.session.commit()
        deliver(queue_app, NOON + MINUTE)
        released = stored(queue_app, "held")
        assert released.state == MailState.SENT
        assert released.link_token_id is not None
        assert len(mail_server.messages) == HOUR_FULL + 1

    @pytest.mark.deep
    def test_is_not_sent_when_its_cause_is_gone_by_then(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        mail_id = hold_one(queue_app, facts={"needed_until": (NOON + MINUTE).isoformat()})
        deliver(queue_app)
        with queue_app.app_context():
            release(db.session, mail_id=mail_id, now=NOON + MINUTE)
            db.session.commit()
        deliver(queue_app, NOON + MINUTE)
        assert stored(queue_app, "held").state == MailState.NOT_NEEDED
        assert len(mail_server.messages) == HOUR_FULL

    @pytest.mark.deep
    def test_that_is_dropped_is_never_written(self, queue_app: Flask, mail_server: MailServer) -> None:
        mail_id = hold_one(queue_app, facts={"link_hours": 1})
        with queue_app.app_context():
            drop(db.session, mail_id=mail_id, why="Descartado por Ana.")
            db.session.commit()
        deliver(queue_app)
        dropped = stored(queue_app, "held")
        assert (dropped.state, dropped.text_body, dropped.link_token_id) == (MailState.DROPPED, None, None)
        assert len(mail_server.messages) == HOUR_FULL
