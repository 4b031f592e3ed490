"""The supervisor of `make run` with small children, whatever happens to them or to it."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.support.ports import wait_until
from tools.processes import GRACE_S, STOP_SIGNALS, Child, ProcessFailed, Stopped, Supervisor


def python(*lines: str) -> tuple[str, ...]:
    """The command of a child that does this."""
    return (sys.executable, "-c", "\n".join(lines))


SLEEP = python("import time; time.sleep(600)")
PARENT = python(
    f"import subprocess; started = subprocess.Popen({SLEEP!r})",
    "print(started.pid, flush=True); started.wait()",
)
SLOW_TO_END = python(
    "import signal, time",
    "def end(*_): time.sleep(1); print('finished', flush=True); raise SystemExit",
    "signal.signal(signal.SIGTERM, end)",
    "print('ready', flush=True); time.sleep(600)",
)
DEAF = python(
    "import signal, time",
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "print('ready', flush=True); time.sleep(600)",
)


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """One whose signal handlers are taken away again."""
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    with (tmp_path / "lock").open("w") as lock:
        yield Supervisor(
            environment=dict(os.environ), folder=tmp_path, logs=tmp_path, keep_open=lock.fileno()
        )
    for number, handler in before.items():
        signal.signal(number, handler)


def lives(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    return False


def said(child: Child) -> str:
    wait_until(lambda: bool(child.last_lines()), what=child.name)
    return child.last_lines()


def watch_forever(supervisor: Supervisor) -> None:
    while True:
        supervisor.watch()


def ask_to_stop() -> None:
    os.kill(os.getpid(), signal.SIGINT)


class TestASupervisor:
    def test_stops_its_children_when_its_block_ends(self, supervisor: Supervisor) -> None:
        with supervisor:
            child = supervisor.start("sleeper", SLEEP)
            assert lives(child.process.pid)
        assert not lives(child.process.pid)

    def test_stops_what_its_children_started(self, supervisor: Supervisor) -> None:
        with supervisor:
            grandchild = int(said(supervisor.start("parent", PARENT)))
            assert lives(grandchild)
        wait_until(lambda: not lives(grandchild), what="the end of the grandchild")

    def test_says_which_child_ended_and_what_it_said(self, supervisor: Supervisor) -> None:
        with supervisor:
            supervisor.start("sleeper", SLEEP)
            supervisor.start("talker", python("print('no more paper'); raise SystemExit(3)"))
            with pytest.raises(ProcessFailed, match=r"talker ended with status 3\.\nno more paper"):
                watch_forever(supervisor)

    def test_ends_when_asked(self, supervisor: Supervisor) -> None:
        with supervisor:
            supervisor.start("sleeper", SLEEP)
            ask_to_stop()
            with pytest.raises(Stopped):
                watch_forever(supervisor)

    def test_lets_a_slow_child_finish(self, supervisor: Supervisor) -> None:
        with supervisor:
            child = supervisor.start("slow", SLOW_TO_END)
            said(child)
        assert child.last_lines() == "ready\nfinished"

    def test_does_not_wait_when_asked_again_while_stopping(self, supervisor: Supervisor) -> None:
        began = time.monotonic()
        with supervisor:
            child = supervisor.start("stubborn", DEAF)
            said(child)
            signal.signal(signal.SIGALRM, lambda _number, _frame: ask_to_stop())
            signal.setitimer(signal.ITIMER_REAL, 1)
        assert not lives(child.process.pid)
        assert time.monotonic() - began < GRACE_S / 2

    def test_answers_what_a_finished_child_said(self, supervisor: Supervisor) -> None:
        with supervisor:
            assert supervisor.run("greeter", python("print('oi')")) == "oi\n"
