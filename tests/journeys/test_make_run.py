"""`make run`, as a newcomer meets it on a machine where nothing is set up but `.venv`."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path

import pytest

from portal.config import Settings
from portal.shared import clock
from tests.support.forked import ROOT
from tests.support.live_server import healthy
from tests.support.own_server import connect
from tests.support.ports import wait_until
from tools.postgres.own import delete_data, own_postgres

READY = "Ctrl-C stops everything."
START_S = 240  # on a busy machine; it takes about ten seconds on an idle one


def seven_free_ports() -> int:
    """The first of seven ports in a row that nobody listens on."""
    for first in range(21_000 + os.getpid() % 100 * 50, 29_000, 7):  # another worker looks elsewhere
        if all(_is_free(port) for port in range(first, first + 7)):
            return first
    raise AssertionError("no seven free ports in a row")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


class Run:
    """One `python -m tools.run`, as `make run` starts it."""

    def __init__(self, var: Path, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.output = var.parent / f"output-{port}"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tools.run", "--port", str(port)],
                cwd=ROOT,
                env=environment(var),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self) -> str:
        """What it printed, once it is ready."""
        wait_until(lambda: READY in self.said() or self.ended(), what="make run", timeout_s=START_S)
        assert not self.ended(), self.said()
        return self.said()

    def said(self) -> str:
        return self.output.read_text()

    def ended(self) -> bool:
        return self.process.poll() is not None

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Its exit status after this signal."""
        self.process.send_signal(number)
        return self.process.wait(60)

    def kill(self) -> None:
        """kill -9: of the tool alone, which can tell nobody."""
        self.process.kill()
        self.process.wait()

    def listens(self) -> bool:
        return not all(_is_free(port) for port in range(self.port, self.port + 6))


def environment(var: Path) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    return ours | {"PORTAL_VAR": str(var)}


def refusal(var: Path, *words: str, **settings: str) -> str:
    """What `python -m tools.run …` says when it refuses, which it must do without a traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.run", *words],
        cwd=ROOT,
        env=environment(var) | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def command(var: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`flask …` in a second terminal, which knows nothing of the run but its folder."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=ROOT,
        env=environment(var),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "var"
    delete_data(tmp_path / "var")  # root's lie elsewhere


@pytest.fixture
def run(var: Path) -> Iterator[Run]:
    started = Run(var, seven_free_ports())
    yield started
    if not started.ended():
        started.stop(signal.SIGTERM)


class TestMakeRun:
    def test_starts_everything_and_leaves_nothing_after_ctrl_c(self, run: Run, var: Path) -> None:
        said = run.wait_until_ready()
        assert healthy(run.url)
        assert f"Portal         {run.url}\n" in said
        assert "marina@sul.example" in said
        assert answers_html(run.port + 1)
        assert answers_html(run.port + 5)  # the tax office's page
        assert answers_html(run.port + 6)  # the page of WhatsApp
        assert f"Database       PostgreSQL {own_postgres(var).binaries.version}, " in said
        assert (var / "secret_key").stat().st_mode & 0o777 == 0o600
        told = var / "running.json"
        assert told.stat().st_mode & 0o777 == 0o600
        beside = Settings.from_environment({"PORTAL_VAR": str(var)})  # what a second terminal knows
        assert (beside.mail_port, beside.base_url) == (run.port + 2, run.url)
        assert beside.cards is not None
        assert beside.nfse is not None
        assert beside.whatsapp is not None
        places = (beside.cards.sandbox_url, beside.nfse.url, beside.whatsapp.url)
        assert places == tuple(f"http://127.0.0.1:{run.port + after}" for after in (4, 5, 6))

        assert run.stop(signal.SIGINT) == 0
        assert not told.exists()
        assert not run.listens()
        assert not own_postgres(var).cluster.is_in_use
        assert "Traceback" not in run.said()

    @pytest.mark.deep
    def test_lets_a_second_terminal_work_and_keeps_its_rows_through_a_kill(self, run: Run, var: Path) -> None:
        run.wait_until_ready()
        assert "already running" in refusal(var, "--port", str(seven_free_ports()))
        assert "already running" in refusal(var, "--reset")
        assert command(var, "billing", "run", "--dry-run").returncode == 0

        rows = rows_of(var)
        if sys.platform == "linux":  # others do not tell a child of its parent's end
            run.kill()
            assert (var / "running.json").exists()
            wait_until(lambda: not run.listens(), what="the end of the children")
            refused = command(var, "billing", "run", "--dry-run")
            assert (refused.returncode, "Traceback" in refused.stderr) == (1, False)
            assert "The database of PORTAL_DATABASE_URL refuses" in refused.stderr
            run = Run(var, run.port)
            assert f"Portal         {run.url}\n" in run.wait_until_ready()
            assert healthy(run.url)
            assert rows_of(var) == rows
        assert run.stop(signal.SIGINT) == 0
        assert "Traceback" not in run.said()

    def test_refuses_a_port_in_use_in_one_sentence(self, var: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            assert refusal(var, "--port", str(port)).startswith(f"Port {port}: Address already in use.")

    def test_refuses_a_port_that_is_none(self, var: Path) -> None:
        assert refusal(var, "--port", "oito").startswith("PORT must be a number")

    def test_refuses_a_database_that_does_not_answer(self, var: Path) -> None:
        nobody = {"PORTAL_DATABASE_URL": "postgresql://portal@127.0.0.1:1/portal"}
        assert "does not answer" in refusal(var, "--port", str(seven_free_ports()), **nobody)


class TestMakeReset:
    def test_deletes_what_was_made_and_nothing_else(self, var: Path) -> None:
        (var / "logs").mkdir(parents=True)
        (var / "postgres/18").mkdir(parents=True)
        for name in ("postgres/18/PG_VERSION", "secret_key", "logs/web-server.log", "notes.txt"):
            (var / name).write_text("x")
        done = subprocess.run(
            [sys.executable, "-m", "tools.run", "--reset"],
            cwd=ROOT,
            env=environment(var),
            capture_output=True,
            text=True,
            check=True,
        )
        assert f"Deleted {var / 'postgres'}\n" in done.stdout
        assert {path.name for path in var.iterdir()} == {"lock", "run.lock", "notes.txt"}


def rows_of(var: Path) -> object:
    """How much the database of this folder holds."""
    count = "SELECT (SELECT count(*) FROM quotes), (SELECT count(*) FROM log_entries WHERE at < %s)"
    with connect(own_postgres(var).cluster.url()) as connection:
        return connection.execute(count, [clock.now() - timedelta(hours=1)]).fetchone()


def answers_html(port: int) -> bool:
    """Whether a page stands at this port."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/")
        return b"<html" in connection.getresponse().read()
