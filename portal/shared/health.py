"""`GET /healthz`: may this process take requests? For load balancers and monitors, who know no session.

503 when the database or the queue is down. A mail server that is away is `degraded` with 200: quotes go
on and mail waits, so no request should be kept away. No names, no addresses, no error texts.
"""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from portal.gateways.mail.interface import MailGateway
from portal.shared import clock
from portal.shared.auth import public
from portal.shared.db import db
from portal.shared.mail import MailQueue, mail_queue, post_office
from portal.shared.schedule.health import is_worked

blueprint = Blueprint("health", __name__)

PATIENCE_S = 1.5
MAIL_PROBE_KEPT_S = 10.0


@dataclass(frozen=True, slots=True)
class Found:
    """What the database told."""

    queue_is_worked: bool
    mail: MailQueue


class Probes:
    """What one process asks its surroundings; at most one question to each hangs at a time."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(2, "health")
        self._lock = threading.Lock()
        self._database: Future[Found] | None = None
        self._mail: Future[bool] | None = None
        self._mail_asked = float("-inf")

    def ask_database(self, engine: Engine, now: datetime) -> Future[Found]:
        """Ask, unless an earlier question still hangs."""
        with self._lock:
            if self._database is None or self._database.done():
                self._database = self._pool.submit(_read, engine, now)
            return self._database

    def ask_mail(self, gateway: MailGateway) -> Future[bool]:
        """Ask, unless an earlier question still hangs or was answered in the last ten seconds."""
        with self._lock:
            old = time.monotonic() - self._mail_asked > MAIL_PROBE_KEPT_S
            if self._mail is None or (self._mail.done() and old):
                self._mail_asked = time.monotonic()
                self._mail = self._pool.submit(gateway.is_reachable)
            return self._mail


def init_app(app: Flask) -> None:
    """Serve `/healthz`."""
    app.extensions["portal.health"] = Probes()
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
@public
def show() -> ResponseReturnValue:
    """The state of database, queue and mail as JSON, within two seconds."""
    now, probes = clock.now(), current_app.extensions["portal.health"]
    questions = probes.ask_database(db.engine, now), probes.ask_mail(post_office().gateway)
    wait(questions, PATIENCE_S)
    found, reachable = _answer(questions[0]), _answer(questions[1]) or False
    queue_is_worked = found is not None and found.queue_is_worked
    status = "ok" if queue_is_worked and reachable else "degraded" if queue_is_worked else "down"
    body = {
        "status": status,
        "database": "ok" if found else "down",
        "queue": ("ok" if queue_is_worked else "down") if found else "unknown",
        "mail": {"server": "ok" if reachable else "down", **(_figures(found.mail, now) if found else {})},
    }
    return jsonify(body), 503 if status == "down" else 200


def _figures(mail: MailQueue, now: datetime) -> dict[str, int | None]:
    oldest = mail.oldest_queued_at
    return {
        "queued": mail.queued,
        "held": mail.held,
        "failed": mail.failed,
        "oldest_queued_age_s": int((now - oldest).total_seconds()) if oldest else None,
    }


def _answer[T](question: Future[T]) -> T | None:
    """None when it did not come in time or is a fault."""
    if not question.done() or question.exception():
        return None
    return question.result()


def _read(engine: Engine, now: datetime) -> Found:
    with Session(engine) as session:
        return Found(queue_is_worked=is_worked(session, now), mail=mail_queue(session))
