"""Mail server or database away: people go on or are told in words, and everything comes back by itself."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from subprocess import Popen

import pytest
from playwright.sync_api import expect
from sqlalchemy import select, update

from portal.app import create_app
from portal.shared import clock
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import QueuedJob
from tests.factories.catalog import make_price_list
from tests.factories.quotes import make_house
from tests.factories.users import PASSWORD as SELLERS_PASSWORD
from tests.faults.people import ADMIN, make_quote, remind_nobody, rows_of, send_quote, sign_in
from tests.journeys.conftest import Complaints, OpenBrowser
from tests.support.application import settings_for
from tests.support.databases import Database, migrate
from tests.support.live_server import LiveServer, healthy, serving
from tests.support.ports import wait_until
from tests.support.smtp import MailServer
from tools.postgres.cluster import Cluster, stop
from tools.postgres.temporary import temporary_cluster

pytestmark = pytest.mark.browser


class TestAMailServerThatIsAway:
    def test_stops_no_quote_and_gets_each_mail_once_afterwards(
        self, live_server: LiveServer, database: Database, open_browser: OpenBrowser
    ) -> None:
        seller = open_browser(java_script_enabled=False)
        sign_in(seller, live_server)
        remind_nobody(database.url)
        wait_until(lambda: waiting(database) == 0, what="the demonstration's own mail", timeout_s=60)
        known = len(live_server.mail.messages)
        live_server.mail.stop()
        for _ in range(3):
            make_quote(seller, live_server)
            send_quote(seller)

        wait_until(lambda: tried(database) == 3, what="three attempts")
        assert healthy(live_server.url), "a mail server that is away keeps nobody out"
        admin = open_browser(java_script_enabled=False)
        sign_in(admin, live_server, ADMIN)
        admin.get_by_role("link", name="Operação").first.click()
        expect(admin.locator("main")).to_contain_text(re.compile(r"Na fila"))
        expect(admin.locator("tbody").get_by_text("Na fila")).to_have_count(3)

        live_server.mail.start()
        with rows_of(database.url) as session:  # an hour passes
            waiting_jobs = update(QueuedJob).where(QueuedJob.state == "waiting")
            session.execute(waiting_jobs.values(next_attempt_at=clock.now()))
        wait_until(lambda: waiting(database) == 0, what="the mails")
        sent = [message["Message-ID"] for message in live_server.mail.messages[known:]]
        assert len(sent) == len(set(sent)) == 3


def waiting(database: Database) -> int:
    with rows_of(database.url) as session:
        return len(session.scalars(select(MailMessage.id).where(MailMessage.state == MailState.QUEUED)).all())


def tried(database: Database) -> int:
    """How many mails in the queue were refused by nobody being there."""
    failed = select(QueuedJob.id).where(
        QueuedJob.lane == "mail", QueuedJob.state == "waiting", QueuedJob.last_error != ""
    )
    with rows_of(database.url) as session:
        return len(session.scalars(failed).all())


@dataclass
class Server:
    """A PostgreSQL of this test's own, which it may stop and start."""

    cluster: Cluster
    process: Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return self.cluster.url("postgres")

    def start(self) -> None:
        with (self.cluster.data.parent / "log").open("ab") as log:
            self.process = self.cluster.start(log)

    def stop(self) -> None:
        if self.process:
            stop(self.process)


@pytest.fixture
def own_server() -> Iterator[Server]:
    with temporary_cluster() as cluster:
        server = Server(cluster)
        server.start()
        yield server
        server.stop()


def fill(url: str, folder: Path) -> str:
    """A reseller with a customer, and prices that hold whatever day it is; the seller's e-mail."""
    migrate(url)
    app = create_app(settings_for(url, folder))
    with app.app_context():
        make_price_list(db.session, "demo-2020", valid_from=date(2020, 1, 1))
        email = make_house(db.session).seller.email
        db.session.commit()
        db.engine.dispose()
    return email


class TestADatabaseThatIsAway:
    def test_is_told_in_words_and_found_again_without_a_restart(
        self,
        own_server: Server,
        mail_server: MailServer,
        open_browser: OpenBrowser,
        complaints: Complaints,
        tmp_path: Path,
    ) -> None:
        email = fill(own_server.url, tmp_path)
        with serving(own_server.url, tmp_path, mail_server) as server:
            page = open_browser(java_script_enabled=False)
            sign_in(page, server, email, SELLERS_PASSWORD)
            quote_url = make_quote(page, server)

            own_server.stop()
            complaints.heard.clear()
            answer = page.goto(quote_url)
            assert answer is not None
            assert answer.status == 503
            expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
            expect(page.locator("h1")).to_be_visible()
            assert "psycopg" not in page.content()
            link = page.request.get(f"{server.url}/p/h7-a-secret-of-a-link")
            assert link.status == 503
            assert int(link.headers["retry-after"]) > 0
            assert "h7-a-secret" not in server.log.read_text()
            health = page.request.get(f"{server.url}/healthz")
            assert health.status == 503
            assert json.loads(health.text())["database"] == "down"
            complaints.heard.clear()

            own_server.start()
            wait_until(lambda: healthy(server.url), what="the portal to recover", timeout_s=30)
            page.goto(quote_url)
            send_quote(page)
            mail_server.wait_for(1)
