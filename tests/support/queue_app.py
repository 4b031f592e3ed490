"""An app of the shared parts alone: outbox, queue and health, with a page and mails of its own.

`python -m tests.support.queue_app work DATABASE_URL SMTP_PORT` works its queue until SIGTERM, in a process
that a test may kill. `… commit-and-wait …` queues a mail, makes a job due, commits, says so and does no more.
"""

import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader
from sqlalchemy import literal, select
from sqlalchemy.orm import Session

from portal.gateways.mail.smtp import SmtpGateway
from portal.shared import clock, db, health, mail, notices, queue, schedule, transactions
from portal.shared.audit import LogHead
from portal.shared.mail_brake import MailLimits
from portal.shared.mail_delivery import send_mail
from portal.shared.mail_rows import MailMessage
from portal.shared.notices import Letter, Link, NoticeKind
from portal.shared.tokens import Purpose
from tests.support.databases import Database
from tests.support.smtp import MailServer

ROOT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 7, 15, 15, 0, tzinfo=UTC)
LIMITS = MailLimits(per_receiver=literal(20), per_sender=literal(25), per_partner=literal(30))
SENDER = "Portal do Parceiro <portal@vendor.example>"
TEMPLATES = {
    "emails/approved.txt": (
        '{% extends "emails/layout.txt" %}{% block subject %}Orçamento aprovado: {{ customer }}{% endblock %}'
        "{% block body %}Olá, {{ name }}.\n{{ url }}\n{% endblock %}"
    ),
    "emails/linkless.txt": (
        '{% extends "emails/layout.txt" %}{% block subject %}Nada{% endblock %}'
        "{% block body %}Nada.{% endblock %}"
    ),
    "emails/linkless.html": '{% extends "emails/layout.html" %}{% block body %}Nada.{% endblock %}',
    "emails/approved.html": (
        '{% extends "emails/layout.html" %}{% block body %}<p>Olá, {{ name }}.</p>'
        '<a href="{{ url }}">Ver o orçamento</a>{% endblock %}'
    ),
}


def count_up(session: Session, *, now: datetime, stream: str) -> None:
    """Move the end of a stream one on: done twice, it shows."""
    head = session.get(LogHead, stream) or LogHead(stream=stream, position=0, hash=now.isoformat())
    head.position += 1
    session.add(head)


@schedule.job("tests-count", title="Contagem")
def count(session: Session, *, now: datetime) -> str:
    count_up(session, now=now, stream="tests")
    return "Contado."


def make_queue_app(database_url: str, smtp_port: int, timetable: Iterable[Any] = ()) -> Flask:
    """The app over a database that has its tables."""
    import portal.models  # noqa: F401 - foreign keys name tables of rooms

    app = Flask("queue-app")
    app.config["SECRET_KEY"] = "a secret key of the tests, long enough"
    app.jinja_env.loader = ChoiceLoader([DictLoader(TEMPLATES), FileSystemLoader(ROOT / "templates")])
    app.add_url_rule("/p/<token>", "public_proposal", lambda token: token)
    app.add_url_rule("/orcamentos/<int:quote_id>", "quote", str)
    db.init_app(app, database_url=database_url)
    transactions.init_app(app)
    gateway = SmtpGateway(host="127.0.0.1", port=smtp_port)
    mail.init_app(app, gateway=gateway, sender=SENDER, base_url="https://portal.example/sub", limits=LIMITS)
    notices.init_app(app, kinds=(APPROVED,))
    schedule.init_app(app, timetable=timetable)
    queue.init_app(app, kinds=(send_mail,))
    health.init_app(app)
    return app


def is_needed(_session: Session, notice: MailMessage, now: datetime) -> bool:
    """Until the instant that its facts tell."""
    until = notice.facts.get("needed_until")
    return until is None or now < datetime.fromisoformat(until)


def approved(_session: Session, notice: MailMessage, now: datetime) -> Letter:
    """The letter of this app, with a link where its facts say for how many hours."""
    hours = notice.facts.get("link_hours")
    link = hours and Link(
        purpose=Purpose.PROPOSAL,
        subject_id=notice.subject_id or 0,
        endpoint="public_proposal",
        ends_at=now + timedelta(hours=hours),
        is_own=notice.facts.get("is_own", False),
    )
    context = {"name": "Ana", "customer": "Padaria Pão Quente", "url": "https://portal.example/1"}
    template = notice.facts.get("template", "approved")
    return Letter(template=template, context=context | notice.facts, link=link or None)


APPROVED = NoticeKind(name="approved", is_needed=is_needed, write=approved)


def queue_approved(
    session: Session, *, key: str = "approved:1", now: datetime = NOON, **changes: Any
) -> MailMessage:
    """Queue the mail of this app; the one that is owed by now."""
    arguments: dict[str, Any] = {
        "kind": "approved",
        "subject_id": 7,
        "to": "ana@padaria.example",
        "to_name": "Ana Souza",
    }
    mail.queue_notice(session, key=key, now=now, **(arguments | changes))
    return session.scalars(select(MailMessage).filter_by(key=key)).one()


@pytest.fixture
def queue_app(database: Database, mail_server: MailServer) -> Iterator[Flask]:
    """The app over an empty database, its mail going to `mail_server`."""
    database.restore("empty")
    app = make_queue_app(database.url, mail_server.port)
    yield app
    schedule.shutdown(app)
    with app.app_context():
        db.db.engine.dispose()


def work(app: Flask, *, poll_s: float = 5.0) -> None:
    """Work the queue until SIGTERM."""
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    schedule.launch(app, schedule.Pace(poll_s=poll_s))
    sys.stdout.write("working\n")
    sys.stdout.flush()
    while not stopping:
        time.sleep(0.05)
    schedule.shutdown(app)


def commit_and_wait(app: Flask) -> None:
    """Commit a mail and a due job as a web process does, then do nothing: the worker is another's."""
    with app.app_context():
        queue_approved(db.db.session, now=clock.now())
        schedule.make_due(db.db.session, count, now=clock.now())
        db.db.session.commit()
    sys.stdout.write("committed\n")
    sys.stdout.flush()
    time.sleep(60)


if __name__ == "__main__":
    action, database_url, smtp_port = sys.argv[1:]
    queue_app_of_process = make_queue_app(database_url, int(smtp_port), ((count, schedule.daily("03:00")),))
    actions: dict[str, Callable[[Flask], None]] = {
        "work": work,
        "work-rarely": partial(work, poll_s=3600.0),
        "commit-and-wait": commit_and_wait,
    }
    actions[action](queue_app_of_process)
