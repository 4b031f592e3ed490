"""Requests as fast as they are answered.

A raw client that sends prepared bytes in turn, so that what is measured is the server. A time runs from
sending to the last byte of the answer; connections are kept when the server keeps them.
"""

import selectors
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from statistics import median

RECEIVE = 262_144


@dataclass(frozen=True, slots=True)
class Load:
    """What one run showed. Times in milliseconds."""

    requests_per_second: float
    p50_ms: float
    p95_ms: float
    p99_ms: float


def typical(loads: Sequence[Load], figure: str) -> float:
    """The median of a figure ("p50_ms") over the rounds."""
    return float(median(getattr(load, figure) for load in loads))


def typical_ratio(loads: Sequence[Load], others: Sequence[Load], figure: str) -> float:
    """How a figure compares with the others' of the same round, at the median."""
    pairs = zip(loads, others, strict=True)
    return float(median(getattr(load, figure) / getattr(other, figure) for load, other in pairs))


class Failed(Exception):
    """The server answered something else than 200."""


def run(port: int, requests: Sequence[bytes], *, connections: int, seconds: float) -> Load:
    """Send `requests` in turn over some connections for some seconds, each waiting for its answer."""
    selector = selectors.DefaultSelector()
    turns = cycle(requests)
    for _ in range(connections):
        _Connection(port, turns, selector)
    times: list[float] = []
    start = time.perf_counter()
    end = start + seconds
    while (now := time.perf_counter()) < end:
        for key, _mask in selector.select(timeout=1):
            if (took := key.data.receive()) is not None:
                times.append(took)
    for key in list(selector.get_map().values()):
        key.data.close()
    times.sort()
    return Load(
        requests_per_second=len(times) / (now - start),
        p50_ms=percentile(times, 50),
        p95_ms=percentile(times, 95),
        p99_ms=percentile(times, 99),
    )


class _Connection:
    """One kept connection with one request under way."""

    def __init__(self, port: int, turns: Iterator[bytes], selector: selectors.BaseSelector) -> None:
        self.port, self.turns, self.selector = port, turns, selector
        self._connect()

    def _connect(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(self.socket, selectors.EVENT_READ, self)
        self._send()

    def _send(self) -> None:
        self.answer = b""
        self.sent_at = time.perf_counter()
        self.socket.sendall(next(self.turns))

    def receive(self) -> float | None:
        """Read on; the time the answer took once it is whole, with the next request sent."""
        data = self.socket.recv(RECEIVE)
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found or (data and len(body) < _length(head)):
            return None
        took = time.perf_counter() - self.sent_at
        if not head.startswith(b"HTTP/1.1 200"):
            raise Failed(head.decode(errors="replace") + body[:300].decode(errors="replace"))
        if data and b"connection: close" not in head.lower():
            self._send()
        else:
            self.close()
            self._connect()
        return took

    def close(self) -> None:
        self.selector.unregister(self.socket)
        self.socket.close()


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return sys.maxsize  # to the end of the connection


def percentile(times: list[float], percent: int) -> float:
    """Of sorted times in seconds, in milliseconds."""
    return times[min(len(times) * percent // 100, len(times) - 1)] * 1000
