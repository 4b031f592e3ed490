"""The portal as people meet it: gunicorn, a queue worker, demo data and a mail server."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tests.support.application import SECRET_KEY
from tests.support.card_processor import CardProcessor
from tests.support.databases import EMPTY, Database
from tests.support.forked import Forked
from tests.support.ports import free_port, wait_until
from tests.support.seal import lend_certificate
from tests.support.smtp import MailServer

DAYS_TOLD = 160  # of the 360 the demonstration tells otherwise, which takes twice as long


@dataclass(frozen=True)
class LiveServer:
    """A running portal at `url`, its database, the mail it sent, and its log."""

    url: str
    database_url: str
    mail: MailServer
    log: Path
    process: Forked
    worker: Forked


def environment_for(database_url: str, folder: Path, *, port: int, mail: MailServer) -> dict[str, str]:
    """The environment of a portal's process."""
    return {
        **os.environ,
        "PORTAL_ENVIRONMENT": "development",
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_SECRET_KEY": SECRET_KEY,
        "PORTAL_SMTP_URL": mail.url,
        "PORTAL_BASE_URL": f"http://127.0.0.1:{port}",
        "PORTAL_BIND": f"127.0.0.1:{port}",
        "PORTAL_VAR": str(folder),
    }


@contextmanager
def serving(
    database_url: str,
    folder: Path,
    mail: MailServer,
    cards: CardProcessor | None = None,
    host: str = "127.0.0.1",
) -> Iterator[LiveServer]:
    """Serve the database at `database_url` until the block ends; `cards` is its card processor.

    `host` is the name of this machine under which people open the portal.
    """
    port = free_port()
    environment = environment_for(database_url, folder, port=port, mail=mail)
    environment["PORTAL_BASE_URL"] = f"http://{host}:{port}"
    lend_certificate(folder)
    log = folder / "portal.log"
    environment |= cards.environment if cards else {}
    process = Forked(("gunicorn", "-c", "portal/gunicorn_conf.py", "wsgi:app"), environment, log)
    worker = Forked(("flask", "--app", "wsgi", "jobs", "worker"), environment, log)
    url = environment["PORTAL_BASE_URL"]
    try:
        wait_until(lambda: process.poll() is not None or healthy(url), what="the portal", timeout_s=90)
        assert process.poll() is None, f"the portal ended at once:\n{log.read_text()}"
        yield LiveServer(url, database_url, mail, log, process, worker)
    finally:
        for each in (process, worker):
            each.terminate()
        for each in (process, worker):
            each.wait(30)


def healthy(url: str) -> bool:
    """Whether /healthz answers 200."""
    try:
        with urlopen(f"{url}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@pytest.fixture(scope="session")
def demo_template(database: Database, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of the template that holds the demo data, loaded once a run."""
    folder = tmp_path_factory.mktemp("demo")

    def fill(url: str) -> None:
        environment = environment_for(url, folder, port=free_port(), mail=MailServer())
        lend_certificate(folder)
        telling = ("flask", "--app", "wsgi", "demo", "tell", "--days", str(DAYS_TOLD))
        loading = Forked(telling, environment, folder / "log")
        assert loading.wait() == 0, (folder / "log").read_text()

    database.make_template("demo", fill, upon=EMPTY)
    return "demo"


@pytest.fixture(scope="module")
def live_server(
    database: Database,
    demo_template: str,
    card_sandbox: CardProcessor,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[LiveServer]:
    """A portal with fresh demo data for the tests of one module, which build on each other's state.

    The card processor's sandbox tells it of charges; the bank of the tests is in it.
    """
    database.restore(demo_template)
    card_sandbox.forget()
    mail = MailServer()
    mail.start()
    with serving(database.url, tmp_path_factory.mktemp("live"), mail, card_sandbox) as server:
        card_sandbox.tell(f"{server.url}/webhooks/cartao")
        yield server
        card_sandbox.tell(server.url, of=())  # it outlives this server
    mail.stop()
