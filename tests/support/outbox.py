"""The portal's own mails, on their way to a real SMTP server."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest
from flask import Flask

from portal.gateways.mail.smtp import SmtpGateway
from portal.shared.db import db
from portal.shared.queue import Lane, run_next_job
from tests.support.smtp import MailServer


@pytest.fixture
def outbox(app: Flask, mail_server: MailServer) -> Iterator[MailServer]:
    """The server that the mails of the app go to."""
    office = app.extensions["portal.mail"]
    gateway = SmtpGateway(host=mail_server.host, port=mail_server.port)
    app.extensions["portal.mail"] = replace(office, gateway=gateway)
    yield mail_server
    app.extensions["portal.mail"] = office


def let_mails_leave(app: Flask, now: datetime) -> None:
    """Every mail that is due."""
    with app.app_context():
        while run_next_job(db.engine, Lane.MAIL, clock=lambda: now):
            pass
