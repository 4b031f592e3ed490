"""A real SMTP server on a loopback port that keeps what it was given, and can be away or refuse."""

import asyncio
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.ports import free_port, wait_until

ACCEPTING_S, HANGING_UP_S = 0.01, 10


class _Controller(Controller):
    """Knows whom it talks to, so that it can hang up before its loop ends."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        self.connections: list[SMTP] = []
        super().__init__(*arguments, **settings)

    def factory(self) -> SMTP:
        self.connections.append(super().factory())  # type: ignore[no-untyped-call]
        return self.connections[-1]

    async def hang_up(self) -> None:
        """No connection is left: one that a stopped loop never closed would warn in some later test."""
        server = cast("asyncio.Server", self.server)
        for listening in server.sockets:
            asyncio.get_running_loop().remove_reader(listening.fileno())
        while any(_is_accepting(task) for task in asyncio.all_tasks()):
            await asyncio.sleep(ACCEPTING_S)  # a server that is closed leaves what it is accepting open
        server.close()
        for connection in self.connections:
            if connection.transport:
                cast("asyncio.Transport", connection.transport).abort()
        await asyncio.wait_for(server.wait_closed(), HANGING_UP_S)


def _is_accepting(task: asyncio.Task[Any]) -> bool:
    return getattr(task.get_coro(), "__name__", "").startswith("_accept_connection")


class MailServer:
    """Takes mail at `host`:`port` while started; `messages` holds what it accepted, oldest first."""

    def __init__(self, host: str = "127.0.0.1", **settings: Any) -> None:
        """`settings` as `aiosmtpd.smtp.SMTP` takes them, and `ssl_context` for TLS from the first byte."""
        self.host = host
        self._settings = settings
        self.port = free_port()
        self.messages: list[EmailMessage] = []
        self.refusal: str | None = None  # an answer like "451 Try again later" to every message
        self._controller: _Controller | None = None

    @property
    def url(self) -> str:
        """The value for PORTAL_SMTP_URL."""
        return f"smtp://{self.host}:{self.port}"

    def start(self) -> None:
        """Begin to listen; a stopped server starts again at the same port."""
        controller = _Controller(self, hostname=self.host, port=self.port, **self._settings)
        controller.start()
        self._controller = controller

    def stop(self) -> None:
        """Stop listening: connections are refused, what was accepted is kept."""
        if self._controller:
            asyncio.run_coroutine_threadsafe(self._controller.hang_up(), self._controller.loop).result()
            self._controller.stop()
            self._controller = None

    def to(self, address: str) -> list[EmailMessage]:
        """The messages sent to this address."""
        return [message for message in self.messages if message["X-RcptTo"] == address]

    def wait_for(self, count: int, *, timeout_s: float = 20) -> list[EmailMessage]:
        """All messages, once at least `count` have come."""
        wait_until(lambda: len(self.messages) >= count, what=f"{count} mails", timeout_s=timeout_s)
        return list(self.messages)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """aiosmtpd's hook: answer one message."""
        if self.refusal:
            return self.refusal
        content = cast("bytes", envelope.content)
        message = message_from_bytes(content, policy=policy.default)
        for recipient in envelope.rcpt_tos:
            message["X-RcptTo"] = recipient
        self.messages.append(message)
        return "250 OK"


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A started mail server of this test's own."""
    server = MailServer()
    server.start()
    yield server
    server.stop()
