"""`GET /healthz`: may this process take requests? For load balancers and monitors, who know no session.

503 when the database or the queue is down. A mail server that is away is `degraded` with 200: quotes go
on and mail waits, so no request should be kept away. No names, no addresses, no error texts.
"""

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime

from flask import Blueprint, Flask, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.shared import clock
from portal.shared.auth import public
from portal.shared.db import db, read_only
from portal.shared.jobs.health import is_worked
from portal.shared.mail import MailQueue, mail_queue, post_office

blueprint = Blueprint("health", __name__)

DATABASE_TIMEOUT_S = 1.5
MAIL_PROBE_KEPT_S = 10.0


@dataclass(frozen=True, slots=True)
class Found:
    """What the database told."""

    queue_is_worked: bool
    mail: MailQueue


@dataclass(slots=True)
class Probes:
    """What one process remembers between two questions."""

    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "health"))
    lock: threading.Lock = field(default_factory=threading.Lock)
    database: Future[Found] | None = None
    mail_probed: float = float("-inf")
    mail_reachable: bool = False


def init_app(app: Flask) -> None:
    """Serve `/healthz`."""
    app.extensions["portal.health"] = Probes()
    app.register_blueprint(blueprint)


@blueprint.get("/healthz")
@public
def show() -> ResponseReturnValue:
    """The state of database, queue and mail as JSON, within two seconds."""
    now, probes = clock.now(), current_app.extensions["portal.health"]
    found = _ask_database(probes, db.engine, now)
    reachable = _mail_is_reachable(probes)
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
        "failed": mail.failed,
        "oldest_queued_age_s": int((now - oldest).total_seconds()) if oldest else None,
    }


def _ask_database(probes: Probes, engine: Engine, now: datetime) -> Found | None:
    """None when it does not answer in time; a question still hanging is not asked a second time."""
    with probes.lock:
        if probes.database is None or probes.database.done():
            probes.database = probes.pool.submit(_read, engine, now)
        question = probes.database
    try:
        return question.result(DATABASE_TIMEOUT_S)
    except (SQLAlchemyError, TimeoutError):
        return None


def _read(engine: Engine, now: datetime) -> Found:
    with read_only(), Session(engine) as session:
        return Found(queue_is_worked=is_worked(session, now), mail=mail_queue(session))


def _mail_is_reachable(probes: Probes) -> bool:
    with probes.lock:
        if time.monotonic() - probes.mail_probed > MAIL_PROBE_KEPT_S:
            probes.mail_reachable = post_office().gateway.is_reachable()
            probes.mail_probed = time.monotonic()
        return probes.mail_reachable
