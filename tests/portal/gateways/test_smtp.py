"""SMTP servers that behave badly: what the gateway makes of them."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from portal.gateways.mail.interface import MailDeferred, MailRefused
from portal.gateways.mail.smtp import SmtpGateway
from tests.support.ports import free_port

type Script = dict[bytes, bytes]

POLITE: Script = {
    b"": b"220 ready\r\n",
    b"ehlo": b"250 here\r\n",
    b"mail": b"250 ok\r\n",
    b"rcpt": b"250 ok\r\n",
    b"data": b"354 go on\r\n",
    b".": b"250 taken\r\n",
    b"rset": b"250 ok\r\n",
    b"quit": b"221 bye\r\n",
}


def answer(listener: socket.socket, script: Script) -> None:
    """Serve one client by the script; no answer to a command means silence."""
    with contextlib.suppress(OSError):  # the client may hang up, and the test may end, at any time
        client, _address = listener.accept()
        with client, client.makefile("rb") as lines:
            client.sendall(script[b""])
            in_data = False
            for line in lines:
                word = b"." if line == b".\r\n" else line[:4].strip().lower()
                if in_data and word != b".":
                    continue
                in_data = word == b"data"
                client.sendall(script.get(word, b""))


@pytest.fixture
def gateway_to() -> Iterator[Callable[..., SmtpGateway]]:
    """A gateway to a server that follows a script."""
    listeners: list[socket.socket] = []

    def begin(changes: Script, **settings: float) -> SmtpGateway:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=answer, args=[listener, POLITE | changes], daemon=True).start()
        return SmtpGateway(host="127.0.0.1", port=listener.getsockname()[1], **settings)  # type: ignore[arg-type]

    yield begin
    for listener in listeners:
        listener.close()


def message() -> EmailMessage:
    written = EmailMessage(policy=SMTP)
    written["From"], written["To"] = "portal@vendor.example", "ana@padaria.example"
    written.set_content("Olá.")
    return written


class TestAServerThat:
    @pytest.mark.deep
    def test_takes_the_mail_is_believed_even_if_it_fails_at_goodbye(
        self, gateway_to: Callable[..., SmtpGateway]
    ) -> None:
        gateway_to({b"quit": b"421 out of order\r\n"}).send(message())
        gateway_to({b"quit": b""}).send(message())

    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            ({b"rcpt": b"550 no such user\r\n"}, MailRefused),
            ({b"rcpt": b"450 busy\r\n"}, MailDeferred),
            ({b".": b"554 looks like spam\r\n"}, MailRefused),
            ({b".": b"452 full\r\n"}, MailDeferred),
            ({b"mail": b"550 you may not send\r\n"}, MailDeferred),  # ours to mend: the mail waits
            ({b"": b"554 go away\r\n"}, MailDeferred),
        ],
    )
    def test_answers_with_a_code_gets_a_verdict(
        self, gateway_to: Callable[..., SmtpGateway], changes: Script, verdict: type[Exception]
    ) -> None:
        with pytest.raises(verdict) as raised:
            gateway_to(changes).send(message())
        assert "padaria" not in str(raised.value)

    @pytest.mark.deep
    def test_is_silent_is_given_up(self, gateway_to: Callable[..., SmtpGateway]) -> None:
        with pytest.raises(MailDeferred):
            gateway_to({b"ehlo": b"", b"helo": b""}, answer_timeout_s=0.2).send(message())

    def test_drips_an_endless_answer_is_given_up_as_a_whole(
        self, gateway_to: Callable[..., SmtpGateway]
    ) -> None:
        began = time.monotonic()
        with pytest.raises(MailDeferred):
            gateway_to({b".": b""}, answer_timeout_s=30, whole_timeout_s=0.3).send(message())
        assert time.monotonic() - began < 5

    def test_does_not_listen_is_not_reachable(self, gateway_to: Callable[..., SmtpGateway]) -> None:
        assert gateway_to({}).is_reachable() is True
        assert SmtpGateway(host="127.0.0.1", port=free_port()).is_reachable() is False
