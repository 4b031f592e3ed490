"""A portal that dies, by kill -9, at every place it passes: each place once.

`python -m tests.support.mortal_portal MARKS` reads a command a line (JSON) and answers a line. A child does
each. At the first place that has no mark in the folder MARKS, the child leaves the mark and kills itself;
asked again, the next child comes a little further. So the marks, read afterwards, are the list of places
at which it was killed.

Commands: `{"do": "work"}` works the queue until nothing waits; `{"do": "ask", "name", "get", "post",
"form", "session_token"}` opens the page `get`, then sends its form to `post`.
"""

import json
import os
import signal
import sys
import time
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event, func, or_, select
from sqlalchemy.orm import Session

from portal.shared import clock
from portal.shared.db import db
from portal.shared.mail import post_office
from portal.shared.queue import Claimant, JobKind, QueuedJob, run_first_due
from tests.support.clients import PortalClient

# One child works at a time: nobody takes over from the living.
BRIEF = Claimant(lease_for=timedelta(milliseconds=200))
SOON = timedelta(seconds=5)


class Mortal:
    """Knows where it has died before."""

    def __init__(self, marks: Path) -> None:
        self.marks = marks
        self.committing: str = ""

    def passes(self, place: str) -> None:
        """Die here, unless it did once."""
        mark = self.marks / place
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)

    def watch_commits(self) -> None:
        """Around the commit that `committing` names."""

        @event.listens_for(Session, "before_commit")
        def before(_session: Session) -> None:
            if self.committing:
                self.passes(f"{self.committing}, before the commit")

        @event.listens_for(Session, "after_commit")
        def after(_session: Session) -> None:
            if self.committing:
                name, self.committing = self.committing, ""
                self.passes(f"{name}, after the commit")

    def kind(self, kind: JobKind) -> JobKind:
        """A job that dies before its call, before the result is recorded, and around that commit."""

        def call(request: Any) -> Any:
            self.passes(f"{kind.name}, before it is done")
            outcome = kind.call(request)
            self.passes(f"{kind.name}, done and not written down")
            return outcome

        def record(session: Session, subject_id: int, outcome: Any, **more: Any) -> None:
            kind.record(session, subject_id, outcome, **more)
            self.committing = f"{kind.name}"

        return replace(kind, call=call, record=record)


class MortalMail:
    """The mail server's gateway, which dies on both sides of a message."""

    def __init__(self, mortal: Mortal) -> None:
        self.mortal, self.gateway = mortal, post_office().gateway

    def send(self, message: EmailMessage) -> None:
        subject = " ".join(str(message["Subject"]).split()[:2])
        self.mortal.passes(f"mail {subject}, before it is sent")
        self.gateway.send(message)
        self.mortal.passes(f"mail {subject}, taken by the server")

    def is_reachable(self) -> bool:
        return self.gateway.is_reachable()


def work(app: Flask, mortal: Mortal) -> dict[str, Any]:
    """Everything that waits, one after the other."""
    with app.app_context():
        office = app.extensions["portal.mail"]
        app.extensions["portal.mail"] = replace(office, gateway=MortalMail(mortal))
        kinds: dict[str, JobKind] = app.extensions["portal.queue"]
        app.extensions["portal.queue"] = {name: mortal.kind(kind) for name, kind in kinds.items()}
        give_up = time.monotonic() + 60
        while _waits():
            assert time.monotonic() < give_up, "the work does not end"
            if not run_first_due(db.engine, clock=clock.now, claimant=BRIEF):
                time.sleep(0.02)
    return {}


def _waits() -> bool:
    with Session(db.engine) as session:
        soon = or_(QueuedJob.leased_until.is_not(None), QueuedJob.next_attempt_at < clock.now() + SOON)
        jobs = session.scalar(select(func.count()).where(QueuedJob.state == "waiting", soon))
    return bool(jobs)


def ask(app: Flask, mortal: Mortal, command: dict[str, Any]) -> dict[str, Any]:
    """A page, and its form."""
    client = PortalClient(app, app.response_class)
    if token := command.get("session_token"):
        with client.session_transaction() as cookie:
            cookie["_user_id"] = token
    page = client.get(command["get"])
    if client.csrf_token is None:  # no form is left to send
        return {"status": page.status_code}
    mortal.committing = command["name"]
    return {"status": client.submit(command["post"], command["form"]).status_code}


def run(app: Flask, command: dict[str, Any], marks: Path) -> dict[str, Any]:
    """In the child: arm the app, do what is asked."""
    mortal = Mortal(marks)
    mortal.watch_commits()
    return work(app, mortal) if command["do"] == "work" else ask(app, mortal, command)


def main(marks: Path) -> None:
    """Serve commands. The app is made once and has opened nothing yet when a child begins."""
    from portal.app import create_app

    app = create_app()
    for line in sys.stdin:
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            with os.fdopen(writer, "w") as out:
                json.dump(run(app, json.loads(line), marks), out)
                out.flush()
                os._exit(0)
        os.close(writer)
        with os.fdopen(reader) as told:
            text = told.read()
        _pid, status = os.waitpid(child, 0)
        answer = {"killed": os.WIFSIGNALED(status), "ended": os.waitstatus_to_exitcode(status) == 0}
        sys.stdout.write(json.dumps(answer | (json.loads(text) if text else {})) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
