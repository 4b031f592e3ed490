"""kill -9 of the worker in the moment the tax office has issued a note and nobody has written it down."""

import os
import signal
from datetime import timedelta
from pathlib import Path

import pytest

from portal.shared import clock
from portal.tax_notes.rules.states import NoteState
from tests.factories.tax_notes import THE_25TH, night, notes, paid_month
from tests.support.application import Transaction
from tests.support.databases import Database
from tests.support.forked import Forked
from tests.support.live_server import environment_for
from tests.support.ports import free_port
from tests.support.seal import lend_certificate
from tests.support.smtp import MailServer
from tests.support.tax_office import Office
from tools.tax_office.store import Note, Store


def worker_of(database: Database, office: Office, folder: Path) -> Forked:
    """A queue's worker that sends notes to the office."""
    environment = environment_for(database.url, folder, port=free_port(), mail=MailServer())
    environment["PORTAL_NFSE_URL"] = office.server.url
    lend_certificate(folder)
    return Forked(("flask", "--app", "wsgi", "jobs", "worker"), environment, folder / "worker.log")


@pytest.mark.usefixtures("app")
def test_makes_one_note_of_each_for_a_worker_that_dies_between_sending_and_storing(
    tax_office: Office,
    database: Database,
    transaction: Transaction,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with transaction() as session:
        paid_month(session, quantities={"user": 3})
        night(session, THE_25TH)
    issued: list[str] = []
    keep_note = Store.keep_note

    def keep_and_kill(store: Store, note: Note) -> None:
        keep_note(store, note)
        issued.append(note.dps_id)
        os.kill(worker.pid, signal.SIGKILL)  # the answer reaches nobody

    monkeypatch.setattr(Store, "keep_note", keep_and_kill)
    worker = worker_of(database, tax_office, tmp_path)
    assert worker.wait(90) == -signal.SIGKILL, (tmp_path / "worker.log").read_text()
    monkeypatch.setattr(Store, "keep_note", keep_note)
    assert issued
    with transaction() as session:
        assert NoteState.SENT in {note.state for note in notes(session)}
        assert NoteState.AUTHORIZED not in {note.state for note in notes(session)}
    tax_office.work(clock.now() + timedelta(hours=2))  # its lease is over
    with transaction() as session:
        assert [note.state for note in notes(session)] == [NoteState.AUTHORIZED] * 2
        ours = sorted(note.dps_id for note in notes(session))
    assert sorted(tax_office.dps_ids()) == ours  # one of each, the first as it was issued before the kill
