"""A tax office of this test run's own, and the app configured to ask it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from portal.config import NfseSettings
from portal.gateways.nfse.certificate import note_key
from portal.gateways.nfse.sefin import SefinNfse
from portal.shared import queue
from portal.shared.db import db
from tools.tax_office.server import TaxOffice, open_office


class Office:
    """The office, and the portal's side of it."""

    def __init__(self, server: TaxOffice, app: Flask) -> None:
        self.server, self.store, self._app = server, server.store, app

    def configure(self, *, timeout_s: float = 5, **environment: str) -> None:
        """Have the app ask it, with these `PORTAL_NFSE_*` settings besides its address."""
        values = {f"PORTAL_NFSE_{name}": value for name, value in environment.items()}
        address = {"PORTAL_NFSE_URL": self.server.url}
        nfse = NfseSettings.from_environment(address | values, production=False)
        assert nfse is not None
        settings = self._app.config["PORTAL"]
        self._app.config["PORTAL"] = replace(settings, nfse=nfse)
        self._app.extensions["portal.nfse"] = SefinNfse(
            nfse, settings.company, open_key=note_key(nfse, settings.seal), timeout_s=timeout_s
        )

    def work(self, now: datetime) -> None:
        """Do what is due at an instant, as the worker would."""
        with self._app.app_context():
            queue.run_all(db.engine, clock=lambda: now)

    def dps_ids(self) -> list[str]:
        """Of every note it issued, in order."""
        return [note.dps_id for note in reversed(self.store.list_notes())]


@pytest.fixture(scope="session")
def tax_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TaxOffice]:
    """The server, once a run."""
    with open_office(port=0, store=tmp_path_factory.mktemp("tax") / "office.db") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def tax_office(tax_server: TaxOffice, app: Flask) -> Iterator[Office]:
    """The office, knowing nothing yet, and the app configured to ask it."""
    tax_server.store.forget()
    before: dict[str, Any] = {"PORTAL": app.config["PORTAL"]}
    gateway = app.extensions["portal.nfse"]
    office = Office(tax_server, app)
    office.configure()
    yield office
    app.config.update(before)
    app.extensions["portal.nfse"] = gateway
