"""kill -9 at the worst moments, with real processes: nothing is lost, nothing happens twice."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from portal.shared import clock
from portal.shared.audit import LogHead
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import QueuedJob
from tests.support.databases import Database
from tests.support.forked import FORKING, Forked
from tests.support.ports import wait_until
from tests.support.queue_app import queue_approved
from tests.support.smtp import MailServer

type Start = Callable[[str], Forked]


@pytest.fixture
def start(queue_app: Flask, database: Database, mail_server: MailServer) -> Iterator[Start]:  # noqa: ARG001 - its tables
    """Starts a process of the queue app and waits for its first word."""
    with contextlib.ExitStack() as processes:

        def begin(action: str) -> Forked:
            hears, says = FORKING.Pipe(duplex=False)
            command = ("tests.support.queue_app", action, database.url, str(mail_server.port))
            with says:
                process = Forked(command, os.environ, says)
            processes.callback(process.wait)
            processes.callback(process.kill)
            processes.enter_context(hears)
            with open(hears.fileno(), closefd=False) as lines:
                assert lines.readline().strip() in {"working", "committed"}
            return process

        yield begin


def mails(app: Flask) -> list[MailMessage]:
    with app.app_context(), Session(db.engine) as session:
        return list(session.scalars(select(MailMessage).order_by(MailMessage.id)))


def jobs_of(app: Flask) -> list[QueuedJob]:
    with app.app_context(), Session(db.engine) as session:
        return list(session.scalars(select(QueuedJob).order_by(QueuedJob.id)))


def all_sent(app: Flask) -> bool:
    return all(mail.state == "sent" for mail in mails(app))


class TestAKill:
    def test_between_commit_and_mail_loses_nothing(
        self, queue_app: Flask, mail_server: MailServer, start: Start
    ) -> None:
        start("commit-and-wait").send_signal(signal.SIGKILL)
        assert [mail.state for mail in mails(queue_app)] == ["queued"]
        start("work")
        mail_server.wait_for(1)
        wait_until(lambda: all_sent(queue_app), what="the mark")
        with queue_app.app_context(), Session(db.engine) as session:
            wait_until(lambda: session.scalar(select(LogHead.position)) == 1, what="the job")
        assert len(mail_server.messages) == 1

    def test_between_the_servers_answer_and_the_mark_repeats_the_same_message(
        self, queue_app: Flask, mail_server: MailServer, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        victims = [start("work")]
        accept = mail_server.handle_DATA

        async def accept_and_kill(server: SMTP, session: SmtpSession, envelope: Envelope) -> str:
            answer = await accept(server, session, envelope)
            if victims:
                victims.pop().kill()  # the mail is taken; the worker never learns of it
            return answer

        monkeypatch.setattr(mail_server, "handle_DATA", accept_and_kill)
        with queue_app.app_context():
            queue_approved(db.session)
            db.session.commit()
        mail_server.wait_for(1)
        assert [mail.state for mail in mails(queue_app)] == ["queued"]
        start("work")
        wait_until(lambda: all_sent(queue_app), what="the mark")
        first, second = mail_server.messages
        assert first["Message-ID"] == second["Message-ID"]
        assert first["Date"] == second["Date"]

    def test_of_a_worker_frees_what_it_held_within_two_seconds(
        self, queue_app: Flask, mail_server: MailServer, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        victims = [start("work")]
        accept = mail_server.handle_DATA

        async def hang_and_kill(server: SMTP, session: SmtpSession, envelope: Envelope) -> str:
            if victims:
                victims.pop().kill()  # in the middle of the message
                return "451 gone"
            return await accept(server, session, envelope)

        monkeypatch.setattr(mail_server, "handle_DATA", hang_and_kill)
        with queue_app.app_context():
            queue_approved(db.session, now=clock.now())
            db.session.commit()
        wait_until(lambda: not victims, what="the kill")
        start("work")
        begun = time.monotonic()
        mail_server.wait_for(1)
        assert time.monotonic() - begun < 5  # the lease alone would last two minutes
        wait_until(lambda: all_sent(queue_app), what="the mark")
        assert [job.attempts for job in jobs_of(queue_app)] == [2]


class TestWorkOfAnotherProcess:
    def test_rings_at_once(self, queue_app: Flask, mail_server: MailServer, start: Start) -> None:
        start("work-rarely")  # looks by itself once an hour
        with queue_app.app_context():
            queue_approved(db.session, now=clock.now())
            db.session.commit()
        mail_server.wait_for(1)

    def test_rings_again_after_the_connection_was_cut(
        self, queue_app: Flask, mail_server: MailServer, start: Start
    ) -> None:
        start("work-rarely")
        with queue_app.app_context():
            cut = text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                " AND datname = current_database()"
            )
            db.session.execute(cut)
            db.session.rollback()
            db.engine.dispose()
            queue_approved(db.session, now=clock.now())
            db.session.commit()
        mail_server.wait_for(1)


class TestTwoWorkers:
    def test_send_each_of_many_mails_once(
        self, queue_app: Flask, mail_server: MailServer, start: Start
    ) -> None:
        with queue_app.app_context():
            for number in range(40):
                queue_approved(db.session, key=f"approved:{number}", to=f"ana{number}@padaria.example")
            db.session.commit()
        starters = [threading.Thread(target=start, args=["work"]) for _ in range(2)]
        for starter in starters:
            starter.start()
        for starter in starters:
            starter.join()
        wait_until(lambda: all_sent(queue_app), what="all marks", timeout_s=40)
        sent = [message["Message-ID"] for message in mail_server.messages]
        assert len(sent) == 40
        assert len(set(sent)) == 40


class TestAWorkerToldToStop:
    def test_ends_cleanly_and_soon(self, start: Start) -> None:
        process = start("work")
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


class TestAMailServerThatComesBack:
    def test_gets_each_mail_once(self, queue_app: Flask, mail_server: MailServer, start: Start) -> None:
        mail_server.stop()
        start("work")
        with queue_app.app_context():
            for number in range(3):
                queue_approved(db.session, key=f"approved:{number}", now=clock.now())
            db.session.commit()
        wait_until(lambda: all(job.last_error for job in jobs_of(queue_app)), what="three refused attempts")
        mail_server.start()
        with queue_app.app_context():  # an hour passes
            db.session.execute(update(QueuedJob).values(next_attempt_at=clock.now()))
            db.session.commit()
        wait_until(lambda: all_sent(queue_app), what="the mails")
        assert len({message["Message-ID"] for message in mail_server.messages}) == 3
        assert len(mail_server.messages) == 3
