"""Processes of the portal that need not read its code: forked from one that has, as many as a run asks for.

Each is a process of its own otherwise: it gets a command line, an environment and a log, hears signals, and
dies alone.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORKING = multiprocessing.get_context("forkserver")
FORKING.set_forkserver_preload(
    ["portal.app", "gunicorn.app.wsgiapp", "flask.cli", "tests.support.queue_app", "tests.support.settled"]
)


class Forked:
    """A running `python -m …`, handled as a `subprocess.Popen` is."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], output: Path | Connection
    ) -> None:
        """`command` begins with a module; what it prints is added to a file, or goes into a pipe."""
        self._process: ForkServerProcess = FORKING.Process(
            target=_become, args=(tuple(command), dict(environment), output)
        )
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    def poll(self) -> int | None:
        """Its exit status, None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, once it ended.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """Send it one, unless it ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _become(command: Sequence[str], environment: Mapping[str, str], output: Path | Connection) -> None:
    """In the child: be that command."""
    if isinstance(output, Path):
        with output.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(1, 2)
    else:
        os.dup2(output.fileno(), 1)
        output.close()
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(ROOT)
    sys.argv = list(command)
    sys.modules.pop(command[0], None)  # it begins anew; what it imports is there
    runpy.run_module(command[0], run_name="__main__", alter_sys=True)
