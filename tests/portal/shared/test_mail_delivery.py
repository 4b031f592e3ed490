"""Sending what is owed: to a real SMTP server, once, later when it must be, and never without a cause."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from portal.shared import tokens
from portal.shared.db import db
from portal.shared.mail_delivery import send_again
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import Lane, QueuedJob, run_next_job
from portal.shared.refusals import Conflict
from tests.support.queue_app import NOON, queue_approved
from tests.support.smtp import MailServer


def at(instant: datetime) -> Callable[[], datetime]:
    return lambda: instant


def deliver(app: Flask, now: datetime = NOON) -> bool:
    with app.app_context():
        return run_next_job(db.engine, Lane.MAIL, clock=at(now))


def queue(app: Flask, **changes: Any) -> None:
    with app.app_context():
        queue_approved(db.session, **changes)
        db.session.commit()


def secret_of(app: Flask) -> str:
    """The secret of the only link."""
    with app.app_context():
        return db.session.scalars(select(tokens.LinkToken)).one().secret()


def links(app: Flask) -> int:
    with app.app_context():
        return db.session.scalar(select(func.count(tokens.LinkToken.id))) or 0


def queue_as_before(app: Flask, *, valid_for: timedelta = timedelta(days=7)) -> str:
    """A mail as it was queued before there were notices, written, with its link; the link's secret."""
    with app.app_context():
        token = tokens.issue(
            db.session, purpose=tokens.Purpose.PROPOSAL, subject_id=7, now=NOON, valid_for=valid_for
        )
        queue_approved(db.session)
        body = f"https://portal.example/sub/p/{token.token_hash}"
        db.session.execute(
            update(MailMessage).values(
                kind="carta_antiga",
                subject_id=None,
                subject="Carta de antes",
                text_body=body,
                html_body=f'<a href="{body}">Ver</a>',
                link_token_id=token.id,
            )
        )
        db.session.commit()
        return token.secret()


def text_of(message: EmailMessage) -> str:
    plain = message.get_body(("plain",))
    assert plain is not None
    return str(plain.get_content())


def stored(app: Flask) -> MailMessage:
    with app.app_context():
        return db.session.scalars(select(MailMessage)).one()


def job(app: Flask) -> QueuedJob:
    with app.app_context():
        return db.session.scalars(select(QueuedJob)).one()


class TestADueMail:
    def test_arrives_with_both_bodies_and_its_headers(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        queue(queue_app, reply_to="gerente@vendor.example")
        assert deliver(queue_app) is True
        (message,) = mail_server.to("ana@padaria.example")
        assert message["Subject"] == "Orçamento aprovado: Padaria Pão Quente"
        assert message["From"] == "Portal do Parceiro <portal@vendor.example>"
        assert message["To"] == "Ana Souza <ana@padaria.example>"
        assert message["Reply-To"] == "gerente@vendor.example"
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["Date"].datetime == NOON
        assert message["Message-ID"] == stored(queue_app).message_id
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert "Olá, Ana." in plain.get_content()
        assert "<p>Olá, Ana.</p>" in html.get_content()

    def test_keeps_every_space_of_a_long_subject_and_name(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        customer = (
            "Açougue Três Irmãos da Conceição Comércio de Carnes e Derivados Ltda – São João do Itaperiú"
        )
        queue(queue_app, facts={"customer": customer}, to_name="Ana Três Irmãos")
        deliver(queue_app)
        (message,) = mail_server.to("ana@padaria.example")
        assert message["Subject"] == f"Orçamento aprovado: {customer}"
        assert message["To"] == "Ana Três Irmãos <ana@padaria.example>"

    def test_to_an_address_with_accents_fails_and_says_so(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        """A server that knows SMTPUTF8, as this one, would take it and lose it on its way."""
        queue(queue_app, to="joão@padaria.example")
        deliver(queue_app)
        assert stored(queue_app).state == MailState.FAILED
        assert stored(queue_app).last_error == "O endereço não pode receber e-mail."
        assert mail_server.messages == []

    def test_is_marked_and_not_sent_again(self, queue_app: Flask, mail_server: MailServer) -> None:
        queue(queue_app)
        assert deliver(queue_app) is True
        assert deliver(queue_app, NOON + timedelta(days=2)) is False
        assert (stored(queue_app).state, stored(queue_app).sent_at) == (MailState.SENT, NOON)
        assert len(mail_server.messages) == 1

    def test_leaves_once_when_four_workers_look(self, queue_app: Flask, mail_server: MailServer) -> None:
        queue(queue_app)
        barrier = threading.Barrier(4)

        def worker() -> None:
            barrier.wait()
            deliver(queue_app)

        threads = [threading.Thread(target=worker) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(mail_server.messages) == 1
        assert job(queue_app).attempts == 1

    def test_fails_when_its_address_is_none(self, queue_app: Flask, mail_server: MailServer) -> None:
        queue(queue_app, to="ana souza")
        deliver(queue_app)
        assert stored(queue_app).state == MailState.FAILED
        assert stored(queue_app).last_error == "O endereço não pode receber e-mail."
        assert mail_server.messages == []


class TestAMailWithALink:
    def test_gets_it_on_its_way_out_only(self, queue_app: Flask, mail_server: MailServer) -> None:
        queue(queue_app, facts={"link_hours": 1})
        assert links(queue_app) == 0
        deliver(queue_app)
        secret = secret_of(queue_app)
        plain = mail_server.messages[0].get_body(("plain",))
        html = mail_server.messages[0].get_body(("html",))
        assert plain is not None
        assert html is not None
        assert f"https://portal.example/sub/p/{secret}" in plain.get_content()
        assert f'href="https://portal.example/sub/p/{secret}"' in html.get_content()
        kept = stored(queue_app)
        assert secret not in f"{kept.text_body}{kept.html_body}"
        assert kept.link_token_id is not None

    @pytest.mark.parametrize("is_own", [True, False])
    def test_keeps_it_when_it_is_sent_again(
        self, queue_app: Flask, mail_server: MailServer, is_own: bool
    ) -> None:
        mail_server.refusal = "451 Try again later"
        queue(queue_app, facts={"link_hours": 1, "is_own": is_own})
        deliver(queue_app)
        secret, first = secret_of(queue_app), stored(queue_app).message_id
        mail_server.refusal = None
        deliver(queue_app, NOON + timedelta(minutes=1))
        assert secret_of(queue_app) == secret
        assert secret in text_of(mail_server.messages[0])
        assert mail_server.messages[0]["Message-ID"] == first

    @pytest.mark.deep
    @pytest.mark.parametrize("fate", ["expired", "revoked", "key changed"])
    def test_gets_another_when_it_no_longer_works(
        self, queue_app: Flask, mail_server: MailServer, fate: str
    ) -> None:
        mail_server.refusal = "451 Try again later"
        queue(queue_app, facts={"link_hours": 1})
        deliver(queue_app)
        dead = secret_of(queue_app)
        if fate == "revoked":
            with queue_app.app_context():
                tokens.revoke(db.session, purpose=tokens.Purpose.PROPOSAL, subject_id=7, now=NOON)
                db.session.commit()
        if fate == "key changed":
            queue_app.config["SECRET_KEY"] = "another secret key of the tests, long enough"
        mail_server.refusal = None
        later = NOON + timedelta(hours=2 if fate == "expired" else 1, minutes=-30)
        assert deliver(queue_app, later)
        assert links(queue_app) == 2
        with queue_app.app_context():
            token = db.session.get_one(tokens.LinkToken, stored(queue_app).link_token_id)
            assert tokens.is_valid(token, later)
            assert token.secret() in text_of(mail_server.messages[0])
            assert token.secret() != dead

    @pytest.mark.deep
    def test_shares_the_one_that_is_out(self, queue_app: Flask, mail_server: MailServer) -> None:
        for key in ("a", "b"):
            queue(queue_app, key=key, facts={"link_hours": 1})
            deliver(queue_app)
        assert links(queue_app) == 1

    @pytest.mark.deep
    def test_makes_none_while_the_brake_holds_it(self, queue_app: Flask, mail_server: MailServer) -> None:
        for number in range(21):
            queue(queue_app, key=f"approved:{number}", facts={"link_hours": 1, "is_own": True})
        while deliver(queue_app):
            pass
        assert links(queue_app) == len(mail_server.messages) == 20


class TestAMailNobodyNeedsAnyMore:
    GONE = NOON + timedelta(minutes=1)

    def test_ends_without_being_sent(self, queue_app: Flask, mail_server: MailServer) -> None:
        queue(queue_app, facts={"needed_until": self.GONE.isoformat(), "link_hours": 1})
        assert deliver(queue_app, self.GONE) is True
        assert deliver(queue_app, self.GONE + timedelta(days=1)) is False
        ended = stored(queue_app)
        assert (ended.state, ended.sent_at, ended.text_body) == (MailState.NOT_NEEDED, None, None)
        assert ended.state_label == "Não foi mais preciso"
        assert links(queue_app) == 0
        assert mail_server.messages == []

    def test_is_not_tried_again(self, queue_app: Flask, mail_server: MailServer) -> None:
        """What the first attempt may have brought keeps its link."""
        mail_server.refusal = "451 Try again later"
        queue(queue_app, facts={"needed_until": self.GONE.isoformat(), "link_hours": 1})
        deliver(queue_app)
        mail_server.refusal = None
        deliver(queue_app, self.GONE)
        assert stored(queue_app).state == MailState.NOT_NEEDED
        assert mail_server.messages == []
        with queue_app.app_context():
            assert tokens.is_valid(db.session.scalars(select(tokens.LinkToken)).one(), self.GONE)

    @pytest.mark.deep
    def test_is_found_out_when_a_failed_one_is_sent_again(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        mail_server.refusal = "550 No such user"
        queue(queue_app, facts={"needed_until": self.GONE.isoformat()})
        deliver(queue_app)
        mail_server.refusal = None
        with queue_app.app_context():
            send_again(db.session, mail_id=stored(queue_app).id, now=self.GONE)
            db.session.commit()
        deliver(queue_app, self.GONE)
        assert stored(queue_app).state == MailState.NOT_NEEDED


class TestAMailWrittenWhenItWasQueued:
    def test_leaves_as_it_is(self, queue_app: Flask, mail_server: MailServer) -> None:
        secret = queue_as_before(queue_app)
        deliver(queue_app)
        (message,) = mail_server.messages
        assert message["Subject"] == "Carta de antes"
        assert secret in message.as_string()
        assert stored(queue_app).state == MailState.SENT

    @pytest.mark.parametrize("fate", ["expired", "revoked", "key changed"])
    def test_fails_when_the_link_no_longer_works(
        self, queue_app: Flask, mail_server: MailServer, fate: str
    ) -> None:
        queue_as_before(queue_app, valid_for=timedelta(hours=1))
        if fate == "revoked":
            with queue_app.app_context():
                tokens.revoke(db.session, purpose=tokens.Purpose.PROPOSAL, subject_id=7, now=NOON)
                db.session.commit()
        if fate == "key changed":
            queue_app.config["SECRET_KEY"] = "another secret key of the tests, long enough"
        deliver(queue_app, NOON + timedelta(hours=2) if fate == "expired" else NOON)
        assert stored(queue_app).state == MailState.FAILED
        assert "expirou ou foi substituído" in stored(queue_app).last_error
        assert mail_server.messages == []
        with queue_app.app_context(), pytest.raises(Conflict, match="não vale mais"):
            send_again(db.session, mail_id=stored(queue_app).id, now=NOON + timedelta(hours=2))


class TestAMailTheServerDoesNotTake:
    @pytest.mark.deep
    def test_waits_longer_each_time_while_the_server_is_away(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        mail_server.stop()
        queue(queue_app)
        now, waits = NOON, []
        for _ in range(8):
            assert deliver(queue_app, now) is True
            due = job(queue_app).next_attempt_at
            waits.append((due - now) // timedelta(minutes=1))
            now = due
        assert waits == [1, 2, 5, 10, 15, 30, 30, 30]
        assert stored(queue_app).state == MailState.QUEUED
        assert job(queue_app).last_error == "ConnectionRefusedError"

    @pytest.mark.deep
    def test_leaves_once_when_the_server_is_back_after_an_hour(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        mail_server.stop()
        for number in range(3):
            queue(queue_app, key=f"approved:{number}")
        for minute in range(60):
            while deliver(queue_app, NOON + timedelta(minutes=minute)):
                pass
        mail_server.start()
        for minute in range(60, 180):
            while deliver(queue_app, NOON + timedelta(minutes=minute)):
                pass
        assert len(mail_server.messages) == 3
        assert len({message["Message-ID"] for message in mail_server.messages}) == 3

    def test_is_tried_again_after_a_4xx(self, queue_app: Flask, mail_server: MailServer) -> None:
        mail_server.refusal = "451 Try again later"
        queue(queue_app)
        deliver(queue_app)
        assert stored(queue_app).state == MailState.QUEUED
        assert deliver(queue_app, NOON + timedelta(seconds=59)) is False
        mail_server.refusal = None
        assert deliver(queue_app, NOON + timedelta(minutes=1)) is True
        assert len(mail_server.messages) == 1

    def test_fails_at_once_after_a_5xx(self, queue_app: Flask, mail_server: MailServer) -> None:
        mail_server.refusal = "550 No such user"
        queue(queue_app)
        deliver(queue_app)
        assert stored(queue_app).state == MailState.FAILED
        assert stored(queue_app).last_error == "O servidor de e-mail recusou a mensagem ou o destinatário."

    @pytest.mark.deep
    def test_fails_after_a_day(self, queue_app: Flask, mail_server: MailServer) -> None:
        mail_server.stop()
        queue(queue_app)
        deliver(queue_app, NOON + timedelta(hours=24))
        assert stored(queue_app).state == MailState.FAILED
        assert "durante um dia" in stored(queue_app).last_error

    def test_does_not_keep_others_waiting(self, queue_app: Flask, mail_server: MailServer) -> None:
        queue(queue_app, key="broken", to="ana souza")
        queue(queue_app, key="fine")
        assert deliver(queue_app) is True
        assert deliver(queue_app) is True
        assert len(mail_server.messages) == 1
