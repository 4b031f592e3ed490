"""Child processes that never outlive their parent's `with` block."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

GRACE_S = 25  # longer than gunicorn lets requests finish
LOOK_EVERY_S = 0.1
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


PR_SET_PDEATHSIG = 1


def dying_with_the_parent(name: str) -> Callable[[], None] | None:
    """What Popen is to do in a child so that a signal reaches it when this process is killed; Linux only.

    None elsewhere, and where other threads run: a fork must then do as little as it can.
    """
    if sys.platform != "linux" or threading.active_count() > 1:
        return None
    number, parent, libc = signal.Signals[name], os.getpid(), ctypes.CDLL(None)

    def tell_the_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # it was killed meanwhile
            os._exit(1)

    return tell_the_kernel


class Stopped(Exception):
    """Somebody asked to stop."""


class ProcessFailed(Exception):
    """A child ended that should not have, or with a status that is not 0."""

    def __init__(self, child: "Child") -> None:
        super().__init__(f"{child.name} ended with status {child.process.returncode}.\n{child.last_lines()}")


@dataclass(frozen=True)
class Child:
    """A process, leader of a group of its own, that writes to `log`.

    It is told to stop by `stop_signal`; with `stops_by_itself` it ends what it started, which is not told.
    """

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals = signal.SIGTERM
    stops_by_itself: bool = False

    def last_lines(self, count: int = 15) -> str:
        """The end of what it wrote."""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-count:])

    def ask_to_stop(self) -> None:
        """Tell it, in its own way."""
        if self.stops_by_itself:
            self.process.send_signal(self.stop_signal)
        else:
            self.signal(self.stop_signal)

    def signal(self, number: signal.Signals) -> None:
        """Tell it and everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)


class Supervisor:
    """Starts children, watches them, and stops them all, last started first, when its block ends.

    The children stand in process groups of their own: Ctrl-C in the terminal reaches this process only,
    which then lets them finish. A second Ctrl-C does not wait for that. `keep_open` is a file descriptor
    they inherit: a lock on it holds as long as any of them lives. When this process is killed, Linux tells
    the children to end.
    """

    def __init__(self, *, environment: dict[str, str], folder: Path, logs: Path, keep_open: int) -> None:
        self.environment = environment
        self.folder = folder
        self.logs = logs
        self.keep_open = keep_open
        self.children: list[Child] = []
        self.stops_asked = 0

    def __enter__(self) -> Self:
        for number in STOP_SIGNALS:
            signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asked_before = self.stops_asked
        for child in reversed(self.children):
            child.ask_to_stop()
            give_up = time.monotonic() + GRACE_S
            while child.process.poll() is None:
                if time.monotonic() > give_up or self.stops_asked > asked_before:
                    break
                time.sleep(LOOK_EVERY_S)
            child.signal(signal.SIGKILL)  # whatever of its group is left
            child.process.wait()

    def start(self, name: str, command: Sequence[str]) -> Child:
        """Start a child that is to stay."""
        log = self.logs / f"{name.replace(' ', '-')}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(self.keep_open,),
                preexec_fn=dying_with_the_parent("SIGTERM"),  # noqa: PLW1509 - only when there is one thread
            )
        child = Child(name, process, log)
        self.children.append(child)
        return child

    def adopt(self, child: Child) -> None:
        """Watch and stop a child that somebody else started."""
        self.children.append(child)

    def run(self, name: str, command: Sequence[str]) -> str:
        """Run a child to its end and answer what it wrote; raises ProcessFailed, or Stopped when asked."""
        child = self.start(name, command)
        while child.process.poll() is None:
            self.pause()
        if self.stops_asked:
            raise Stopped
        if child.process.returncode:
            raise ProcessFailed(child)
        self.children.remove(child)
        return child.log.read_text()

    def watch(self) -> None:
        """Look once: raises ProcessFailed when a child has ended, Stopped when asked; else waits a little."""
        for child in self.children:
            if child.process.poll() is not None:
                raise ProcessFailed(child)
        self.pause()

    def pause(self) -> None:
        """Wait a little; raises Stopped when asked to stop."""
        if self.stops_asked:
            raise Stopped
        time.sleep(LOOK_EVERY_S)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.stops_asked += 1
