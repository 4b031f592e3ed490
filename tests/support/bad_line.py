"""A bad line to the card processor: it stands between, and delays, drops or cuts what passes.

As Stripe does and the sandbox does not, it answers a repeated call that bears the same idempotency key
with the first answer.
"""

import threading
from collections.abc import Iterator
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.support.card_processor import CardProcessor


class Fault(Enum):
    """What is wrong with the line."""

    NOTHING = "nothing"
    SILENT = "silent"  # takes the call, never passes it on, never answers
    DEAF = "deaf"  # passes it on, but no answer comes back
    LATE = "late"  # passes it on only when the caller has long gone
    BROKEN = "broken"  # answers 503 by itself


class BadLine:
    """Listens at `url`; `fault` holds for calls that create something, until it is mended."""

    def __init__(self, processor: CardProcessor) -> None:
        self.fault = Fault.NOTHING
        self.holds_s = 30.0  # how long a call is held that nobody mends the line for
        self.calls: list[str] = []
        self._processor = processor
        self._answers: dict[str, requests.Response] = {}
        self._lock = threading.Lock()
        self._mended = threading.Event()
        line = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                line.pass_on(self, "GET")

            def do_POST(self) -> None:
                line.pass_on(self, "POST")

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        ).start()

    def close(self) -> None:
        """Stop listening, and let go of who waits."""
        self._mended.set()
        self._server.shutdown()
        self._server.server_close()

    def deliver_late_calls(self) -> None:
        """What was held back reaches the processor now."""
        self._mended.set()

    def pass_on(self, handler: BaseHTTPRequestHandler, method: str) -> None:
        """One call."""
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        fault = self.fault if method == "POST" else Fault.NOTHING
        self.calls.append(f"{method} {handler.path.partition('?')[0]}")
        if fault is Fault.BROKEN:
            self._answer(handler, 503, b'{"error": {"message": "away"}}')
            return
        if fault in (Fault.SILENT, Fault.LATE):
            self._mended.wait(self.holds_s)
        if fault is not Fault.SILENT:
            answer = self._ask(method, handler, body)
            if fault is Fault.NOTHING:
                self._answer(handler, answer.status_code, answer.content)
        if fault is Fault.DEAF:
            self._mended.wait(self.holds_s)

    def _ask(self, method: str, handler: BaseHTTPRequestHandler, body: bytes) -> requests.Response:
        key = handler.headers.get("Idempotency-Key", "") if method == "POST" else ""
        with self._lock:
            if key and key in self._answers:
                return self._answers[key]
            passed = {
                name: handler.headers[name]
                for name in ("Authorization", "Content-Type")
                if handler.headers[name]
            }
            answer = requests.request(
                method, f"{self._processor.url}{handler.path}", data=body, headers=passed, timeout=10
            )
            if key:
                self._answers[key] = answer
            return answer

    @staticmethod
    def _answer(handler: BaseHTTPRequestHandler, status: int, content: bytes) -> None:
        handler.send_response(status)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)


@pytest.fixture
def bad_line(card_processor: CardProcessor) -> Iterator[BadLine]:
    """A line to `card_processor` that is good until a test makes it bad."""
    line = BadLine(card_processor)
    yield line
    line.close()
