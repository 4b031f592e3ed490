"""Owing a mail: once for each cause, and only if the cause is kept."""

import threading
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal.shared import mail, tokens
from portal.shared.db import db
from portal.shared.mail import mail_queue
from portal.shared.mail_rows import MailMessage, MailState
from tests.support.letters import written
from tests.support.queue_app import NOON, queue_approved


def count_mails(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(MailMessage.id))) or 0


class TestAQueuedMail:
    def test_is_kept_with_its_transaction(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            queue_approved(db.session)
            db.session.commit()
        assert count_mails(queue_app) == 1

    def test_is_gone_when_its_transaction_is_rolled_back(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            queue_approved(db.session)
            db.session.rollback()
        assert count_mails(queue_app) == 0

    def test_is_the_first_one_when_its_cause_is_named_again(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            first = queue_approved(db.session)
            second = queue_approved(db.session, to="outro@padaria.example")
            assert second.id == first.id
            assert second.to_address == "ana@padaria.example"
            db.session.commit()
        assert count_mails(queue_app) == 1

    def test_is_one_when_two_processes_name_its_cause_at_once(self, queue_app: Flask) -> None:
        barrier, faults = threading.Barrier(4), []

        def request() -> None:
            with queue_app.app_context():
                barrier.wait()
                try:
                    queue_approved(db.session)
                    db.session.commit()
                except Exception as fault:  # noqa: BLE001 - shown below
                    faults.append(fault)

        threads = [threading.Thread(target=request) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        assert count_mails(queue_app) == 1

    def test_has_no_word_before_it_leaves(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            queued = queue_approved(db.session, facts={"link_hours": 1})
            assert (queued.subject, queued.text_body, queued.html_body) == (None, None, None)
            assert (queued.kind, queued.subject_id, queued.facts) == ("approved", 7, {"link_hours": 1})
            assert db.session.scalars(select(tokens.LinkToken)).all() == []
            assert queued.state == MailState.QUEUED

    def test_is_of_a_kind_that_there_is(self, queue_app: Flask) -> None:
        with queue_app.app_context(), pytest.raises(LookupError):
            queue_approved(db.session, kind="unknown")

    def test_has_the_subject_and_both_bodies_of_its_templates(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            queued = written(db.session, queue_approved(db.session))
            assert queued.subject == "Orçamento aprovado: Padaria Pão Quente"
            assert queued.text_body.startswith("Olá, Ana.\nhttps://portal.example/1")
            assert "Orçamento aprovado" not in queued.text_body
            assert '<a href="https://portal.example/1">' in queued.html_body

    def test_keeps_hostile_text_as_text(self, queue_app: Flask) -> None:
        facts = {"name": "<script>x</script>", "customer": "A\r\nBcc: todos@x.example"}
        with queue_app.app_context():
            mail = queue_approved(
                db.session, facts=facts, to_name="Ana\r\nBcc: y@x.example", reply_to="a@x.example\nX: 1"
            )
            queued = written(db.session, mail)
            assert queued.subject == "Orçamento aprovado: A Bcc: todos@x.example"
            assert queued.to_name == "Ana Bcc: y@x.example"
            assert "\n" not in queued.reply_to
            assert "&lt;script&gt;" in queued.html_body
            assert "<script>" in queued.text_body


class TestALinkInAMail:
    def test_rests_without_its_secret(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            queued = written(db.session, queue_approved(db.session, facts={"link_hours": 1}))
            token = db.session.scalars(select(tokens.LinkToken)).one()
            assert token.secret() not in queued.text_body + queued.html_body
            assert f"https://portal.example/sub/p/{token.token_hash}" in queued.text_body

    def test_must_be_shown_by_the_template(self, queue_app: Flask) -> None:
        facts = {"link_hours": 1, "template": "linkless"}
        with queue_app.app_context(), pytest.raises(ValueError, match="does not show its link"):
            written(db.session, queue_approved(db.session, facts=facts))

    def test_to_a_page_of_the_portal_needs_no_request(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            assert mail.absolute_url("quote", quote_id=12) == "https://portal.example/sub/orcamentos/12"


class TestTheOutboxInFigures:
    def test_counts_what_waits_and_what_failed(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            queue_approved(db.session, key="a")
            queue_approved(db.session, key="b", now=NOON - timedelta(hours=1))
            queue_approved(db.session, key="c").state = MailState.FAILED
            db.session.flush()
            figures = mail_queue(db.session)
        assert (figures.queued, figures.failed) == (2, 1)
        assert figures.oldest_queued_at == NOON - timedelta(hours=1)
