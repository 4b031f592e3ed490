"""Ports and waiting for what listens on them."""

import socket
import time
from collections.abc import Callable


def free_port() -> int:
    """A loopback port nobody listens on now. Take it at once: nothing reserves it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], *, what: str, timeout_s: float = 20) -> None:
    """Return once `condition` holds; AssertionError naming `what` when it does not in time."""
    give_up = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < give_up, f"waited {timeout_s} s in vain for {what}"
        time.sleep(0.02)
