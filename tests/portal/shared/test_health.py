"""`/healthz`: what a load balancer needs to know, and nothing about anybody."""

import time
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from portal.shared import clock, schedule
from portal.shared.db import db
from tests.support.ports import wait_until
from tests.support.queue_app import queue_approved
from tests.support.smtp import MailServer


class TestHealth:
    @pytest.mark.deep
    def test_is_ok_while_all_parts_work(self, queue_app: Flask) -> None:
        schedule.launch(queue_app)
        response = queue_app.test_client().get("/healthz")
        assert response.status_code == 200
        assert response.json == {
            "status": "ok",
            "database": "ok",
            "queue": "ok",
            "mail": {"server": "ok", "queued": 0, "held": 0, "failed": 0, "oldest_queued_age_s": None},
        }

    def test_is_degraded_but_open_while_the_mail_server_is_away(
        self, queue_app: Flask, mail_server: MailServer
    ) -> None:
        mail_server.stop()
        schedule.launch(queue_app)
        with queue_app.app_context():
            long_ago = clock.now() - timedelta(minutes=10)
            # Let go by then, or the worker's first attempt, before or after we look, would say so.
            queue_approved(db.session, now=long_ago).let_go_at = long_ago
            db.session.commit()
        response = queue_app.test_client().get("/healthz")
        assert response.status_code == 200
        assert response.json is not None
        assert response.json["status"] == "degraded"
        assert response.json["mail"]["server"] == "down"
        assert response.json["mail"]["queued"] == 1
        assert 600 <= response.json["mail"]["oldest_queued_age_s"] < 660
        assert "padaria" not in response.text

    def test_is_down_while_nobody_works_the_queue(self, queue_app: Flask) -> None:
        response = queue_app.test_client().get("/healthz")
        assert response.status_code == 503
        assert response.json is not None
        assert (response.json["status"], response.json["queue"]) == ("down", "down")

    def test_is_down_while_the_database_is_broken(self, queue_app: Flask) -> None:
        with queue_app.app_context(), db.engine.begin() as connection:
            connection.execute(text("DROP TABLE queue_workers"))
        began = time.monotonic()
        response = queue_app.test_client().get("/healthz")
        assert response.status_code == 503
        assert time.monotonic() - began < 2
        assert response.json is not None
        assert (response.json["database"], response.json["queue"]) == ("down", "unknown")
        assert "queue_workers" not in response.text

    @pytest.mark.deep
    def test_answers_in_time_while_the_database_hangs(self, queue_app: Flask) -> None:
        with queue_app.app_context():
            engine = db.engine
        client = queue_app.test_client()
        with engine.begin() as hanging:
            hanging.execute(text("LOCK TABLE queue_workers IN ACCESS EXCLUSIVE MODE"))
            began = time.monotonic()
            response = client.get("/healthz")
            assert response.status_code == 503
            assert time.monotonic() - began < 2
        wait_until(lambda: client.get("/healthz").json["database"] == "ok", what="the database", timeout_s=5)  # type: ignore[index]
