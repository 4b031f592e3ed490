"""A line of WhatsApp of this test run's own, and the app configured to use it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from portal.config import WhatsAppSettings
from portal.gateways.whatsapp.cloud import CloudApi
from portal.shared import queue
from portal.shared.db import db
from portal.whatsapp.operations.hearing import accept_webhook
from tools.whatsapp_line import notices
from tools.whatsapp_line.server import Line, open_line

SECRET = "0f3a9c51d7e24b86a9c0"  # signs what the line tells in tests


class TestLine:
    """The line, and the portal's side of it."""

    __test__ = False

    def __init__(self, server: Line, app: Flask) -> None:
        self.server, self.store, self.app = server, server.store, app

    def configure(self, *, timeout_s: float = 5, url: str = "") -> None:
        """Have the app use it, or an address where nobody is."""
        settings = WhatsAppSettings.from_environment(
            {
                "PORTAL_WHATSAPP_URL": url or self.server.url,
                "PORTAL_WHATSAPP_TOKEN": "token",
                "PORTAL_WHATSAPP_PHONE_ID": notices.PHONE,
                "PORTAL_WHATSAPP_ACCOUNT_ID": notices.ACCOUNT,
                "PORTAL_WHATSAPP_APP_SECRET": SECRET,
                "PORTAL_WHATSAPP_VERIFY_TOKEN": "5d0cbe4f7a6148e2",
            },
            production=False,
        )
        assert settings is not None
        self.app.config["PORTAL"] = replace(self.app.config["PORTAL"], whatsapp=settings)
        self.app.extensions["portal.whatsapp"] = CloudApi(settings, timeout_s=timeout_s)

    @property
    def settings(self) -> WhatsAppSettings:
        """What the app was told of the line."""
        found: WhatsAppSettings = self.app.config["PORTAL"].whatsapp
        return found

    def work(self, now: datetime) -> None:
        """Do what is due at an instant, as the worker would."""
        with self.app.app_context():
            queue.run_all(db.engine, clock=lambda: now)

    def tell(self, notice: dict[str, Any]) -> None:
        """Have it said something that it did not do by itself."""
        self.store.add_notice(notice)

    def deliver(self, now: datetime) -> int:
        """Bring the portal what the line has to tell, signed, and have it worked off; how many calls."""
        bodies = self.store.take_notices()
        with self.app.app_context():
            for body in bodies:
                signature = notices.signature(body, SECRET)
                accept_webhook(db.session, body=body, signature=signature, settings=self.settings, now=now)
            db.session.commit()
        self.work(now)
        return len(bodies)

    def live(self, now: datetime) -> None:
        """Work and listen until nothing is left of an instant: messages leave, statuses come."""
        self.work(now)
        while self.deliver(now):
            pass

    def known(self) -> list[dict[str, Any]]:
        """The templates; nothing was sent yet."""
        assert not self.store.list_messages()
        return self.store.list_templates()

    def know(self, known: list[dict[str, Any]]) -> None:
        """Have the templates of then."""
        for each in known:
            values = {name: each[name] for name in ("status", "category", "body")}
            self.store.keep_template(each["name"], **values)

    def sent_to(self) -> list[str]:
        """To whom messages were handed over, in order."""
        return [str(each.get("to") or each.get("recipient")) for each in self.store.list_messages()]


@pytest.fixture(scope="session")
def whatsapp_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The server, once a run."""
    store = tmp_path_factory.mktemp("whatsapp") / "line.db"
    with open_line(port=0, store=store, secret=SECRET) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def line(whatsapp_server: Line, app: Flask) -> Iterator[TestLine]:
    """The line, knowing nothing yet, and the app configured to use it."""
    whatsapp_server.store.forget()
    before = app.config["PORTAL"], app.extensions["portal.whatsapp"]
    found = TestLine(whatsapp_server, app)
    found.configure()
    yield found
    app.config["PORTAL"], app.extensions["portal.whatsapp"] = before
