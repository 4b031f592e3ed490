"""Mail on encrypted connections, to a real server: only to one whose certificate is right."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from flask import Flask
from sqlalchemy import select

from portal.dashboard.rules import failure_in_words
from portal.gateways.mail.smtp import SmtpGateway
from portal.shared import mail
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage, MailState
from portal.shared.queue import Lane, QueuedJob, run_next_job
from tests.support.certificates import server_context
from tests.support.queue_app import LIMITS, NOON, SENDER, queue_approved
from tests.support.smtp import MailServer

ELSEWHERE = "127.0.0.2"  # not this machine, as far as the gateway knows: it asks for encryption
USER, PASSWORD = "portal", "uma senha"


class Listener:
    """A mail server that takes one password, and remembers what was typed."""

    def __init__(self, **settings: Any) -> None:
        self.passwords: list[str] = []
        self.server = MailServer(ELSEWHERE, authenticator=self._authenticate, **settings)
        self.server.start()

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
    ) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.passwords.append(data.password.decode())
        return AuthResult(success=data == LoginPassword(USER.encode(), PASSWORD.encode()))


@pytest.fixture(params=["starttls", "smtps"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def listener(kind: str, tmp_path: Path, certified_for: str) -> Iterator[Listener]:
    context = server_context(tmp_path, certified_for)
    if kind == "starttls":
        listener = Listener(tls_context=context, require_starttls=True)
    else:
        listener = Listener(ssl_context=context, auth_require_tls=False)
    yield listener
    listener.server.stop()


@pytest.fixture
def certified_for() -> str:
    return ELSEWHERE


def send(app: Flask, server: MailServer, *, tls: bool) -> tuple[str, str, int]:
    """One mail of the queue by this server: its state afterwards, what went wrong, how often it was tried."""
    with app.app_context():
        gateway = SmtpGateway(host=server.host, port=server.port, user=USER, password=PASSWORD, tls=tls)
        mail.init_app(app, gateway=gateway, sender=SENDER, base_url="https://portal.example", limits=LIMITS)
        queue_approved(db.session)
        db.session.commit()
        run_next_job(db.engine, Lane.MAIL, clock=lambda: NOON)
        sent = db.session.scalars(select(MailMessage)).one()
        job = db.session.scalars(select(QueuedJob)).one()
        return sent.state, sent.last_error or job.last_error, job.attempts


class TestAnEncryptedServer:
    def test_gets_the_mail_and_the_password(
        self, queue_app: Flask, kind: str, listener: Listener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        state, error, attempts = send(queue_app, listener.server, tls=kind == "smtps")
        assert (state, attempts) == (MailState.SENT, 1), error
        assert [message["X-RcptTo"] for message in listener.server.messages] == ["ana@padaria.example"]
        assert listener.passwords == [PASSWORD]

    @pytest.mark.deep
    @pytest.mark.parametrize(("certified_for", "is_known"), [(ELSEWHERE, False), ("127.0.0.3", True)])
    def test_of_a_wrong_certificate_gets_nothing_and_the_mail_waits(
        self,
        queue_app: Flask,
        kind: str,
        listener: Listener,
        is_known: bool,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        if is_known:
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
        state, error, attempts = send(queue_app, listener.server, tls=kind == "smtps")
        assert (state, attempts) == (MailState.QUEUED, 1)
        assert failure_in_words(error) == "O certificado do servidor de e-mail não foi aceito."
        assert (listener.passwords, listener.server.messages) == ([], [])


class TestAServerWithoutEncryption:
    def test_does_not_get_the_password(self, queue_app: Flask) -> None:
        listener = Listener(auth_require_tls=False)
        try:
            state, error, _attempts = send(queue_app, listener.server, tls=False)
        finally:
            listener.server.stop()
        assert state == MailState.QUEUED
        assert "não oferece conexão segura" in failure_in_words(error)
        assert (listener.passwords, listener.server.messages) == ([], [])
