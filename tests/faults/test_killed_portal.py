"""kill -9 of gunicorn, web threads and queue alike, around a real sending: nothing lost, nothing twice."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope
from aiosmtpd.smtp import Session as SmtpSession
from sqlalchemy import select, update

from portal.quotes.models import QuoteVersion
from portal.shared import clock
from portal.shared.mail import MAIL
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import QueuedJob
from tests.faults.people import make_quote, remind_nobody, rows_of, send_quote, sign_in
from tests.journeys.conftest import OpenBrowser
from tests.support.databases import Database
from tests.support.live_server import LiveServer, serving
from tests.support.ports import wait_until
from tests.support.smtp import MailServer

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(database: Database, demo_template: str) -> str:
    """The demonstration, all its own mail already gone."""
    database.restore(demo_template)
    with rows_of(database.url) as session:
        session.execute(update(MailMessage).values(state=MailState.SENT, sent_at=clock.now()))
        session.execute(
            update(QueuedJob).where(QueuedJob.kind == MAIL).values(state="done", finished_at=clock.now())
        )
    remind_nobody(database.url)
    return database.url


def kill(server: LiveServer) -> None:
    """-9 to every process of it at once: none can tidy up."""
    pid = server.process.pid
    os.kill(pid, signal.SIGSTOP)  # so that it starts no other worker meanwhile
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (*map(int, children), pid, server.worker.pid):
        os.kill(each, signal.SIGKILL)
    server.process.wait(10)
    server.worker.wait(10)


def due_now(database_url: str) -> None:
    """Any pause between two attempts ends."""
    with rows_of(database_url) as session:
        waiting = update(QueuedJob).where(QueuedJob.state == "waiting")
        session.execute(waiting.values(next_attempt_at=clock.now()))


def all_sent(database_url: str) -> bool:
    with rows_of(database_url) as session:
        return set(session.scalars(select(MailMessage.state))) == {MailState.SENT}


class TestAPortalKilled:
    def test_between_commit_and_mail_sends_it_after_its_restart_once(
        self, database_url: str, mail_server: MailServer, open_browser: OpenBrowser, tmp_path: Path
    ) -> None:
        mail_server.stop()
        with serving(database_url, tmp_path, mail_server) as server:
            page = open_browser(java_script_enabled=False)
            sign_in(page, server)
            quote_id = int(make_quote(page, server).rpartition("/")[2])
            send_quote(page)
            kill(server)
        assert mail_server.messages == []
        mail_server.start()
        due_now(database_url)
        with serving(database_url, tmp_path, mail_server):
            wait_until(lambda: all_sent(database_url), what="the mail")
        assert len(mail_server.messages) == 1
        with rows_of(database_url) as session:
            states = session.scalars(select(QuoteVersion.state).where(QuoteVersion.quote_id == quote_id))
            assert states.all() == ["sent"]

    @pytest.mark.deep
    def test_while_the_mail_server_takes_the_mail_repeats_the_very_same_message(
        self,
        database_url: str,
        mail_server: MailServer,
        open_browser: OpenBrowser,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        accept = mail_server.handle_DATA
        victims: list[Callable[[], None]] = []

        async def accept_and_kill(smtp: SMTP, session: SmtpSession, envelope: Envelope) -> str:
            answer = await accept(smtp, session, envelope)
            while victims:
                victims.pop()()
            return answer

        monkeypatch.setattr(mail_server, "handle_DATA", accept_and_kill)
        with serving(database_url, tmp_path, mail_server) as server:
            page = open_browser(java_script_enabled=False)
            sign_in(page, server)
            make_quote(page, server)
            victims.append(lambda: kill(server))
            page.get_by_role("button", name="Enviar por e-mail").click(no_wait_after=True)
            mail_server.wait_for(1)
            server.process.wait(10)
        due_now(database_url)
        with serving(database_url, tmp_path, mail_server):
            wait_until(lambda: all_sent(database_url), what="the mark")
        assert len({message["Message-ID"] for message in mail_server.messages}) == 1
        assert len(mail_server.messages) == 2
