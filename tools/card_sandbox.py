"""A card processor for development and tests: localstripe, in a process of its own.

    python -m tools.card_sandbox --port 8004 --store var/card_sandbox.pickle [--from-scratch]

localstripe would listen on every interface and keep its state in the machine's folder for temporary files.
Here it listens to this machine alone and keeps it at `--store`. Its program is run as it is, by name, as a
shell would: nothing of it becomes part of the portal.
"""

import argparse
import builtins
import runpy
import socket
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

ITS_STORE = "/tmp/localstripe.pickle"  # noqa: S108 - the name the program has for it
_open = builtins.open


class LoopbackSocket(socket.socket):
    """A socket that listens nowhere but on this machine."""

    def __init__(self, family: int = -1, *rest: Any, **named: Any) -> None:
        super().__init__(socket.AF_INET if family == socket.AF_INET6 else family, *rest, **named)

    def bind(self, address: Any, /) -> None:
        """Take the port, but of the loopback interface."""
        super().bind(("127.0.0.1", address[1]) if self.family == socket.AF_INET else address)


class Kept:
    """Its state at a path of ours.

    It writes all of it down at every change, and reading it back counts as many changes: what it writes
    meanwhile would stand in the very file it reads, and is thrown away.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_read = False

    def open(self, mode: str) -> Any:
        """As `open` does."""
        if "r" in mode:
            return Reading(self)
        return BytesIO() if self.is_read else _open(self.path, mode)


class Reading(BytesIO):
    """The whole file, read at once."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept.path.read_bytes())
        self._kept = kept
        kept.is_read = True

    def __exit__(self, *_: object) -> None:
        self._kept.is_read = False
        self.close()


def main() -> None:
    """Run it until it is stopped."""
    parser = argparse.ArgumentParser(prog="card_sandbox")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--from-scratch", action="store_true")
    options = parser.parse_args()

    kept = Kept(options.store)

    def redirected(file: Any, mode: str = "r", *rest: Any, **named: Any) -> Any:
        return kept.open(mode) if file == ITS_STORE else _open(file, mode, *rest, **named)

    builtins.open = redirected
    socket.socket = LoopbackSocket  # type: ignore[misc]
    sys.argv = ["localstripe", "--port", str(options.port)]
    if options.from_scratch:
        sys.argv.append("--from-scratch")
    runpy.run_module("localstripe", run_name="__main__")


if __name__ == "__main__":
    main()
