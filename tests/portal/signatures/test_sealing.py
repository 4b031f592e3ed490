"""From the signature to the sealed file, by the job."""

import hashlib
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.documents.models import StoredFile
from portal.documents.queries import read_content
from portal.documents.rules.files import FileKind
from portal.shared import queue
from portal.shared.db import db
from portal.shared.mail_rows import MailMessage
from portal.shared.queue import Lane, QueuedJob
from portal.signatures.events import SignatureCompleted
from portal.signatures.jobs import seal_document
from portal.signatures.models import Envelope
from portal.signatures.queries.envelopes import list_events
from portal.signatures.rules.states import EnvelopeState, EventKind
from tests.factories.quotes import NOON
from tests.factories.signatures import make_envelope, sign
from tests.support.application import Transaction
from tests.support.pdf import text_of

LATER = NOON + timedelta(seconds=3)


@pytest.fixture
def signed(transaction: Transaction) -> int:
    """The id of an envelope that was signed and waits for its seal."""
    with transaction() as session:
        return sign(session, make_envelope(session)).id


def run(app: Flask) -> None:
    with app.app_context():
        queue.run_all(db.engine, clock=lambda: LATER)


def signed_files(session: Session) -> int:
    kind = select(func.count()).select_from(StoredFile).filter_by(kind=FileKind.SIGNED_CONTRACT)
    return session.scalar(kind) or 0


class TestTheSealedFile:
    def test_is_stored_and_told_to_the_signatory(
        self, app: Flask, transaction: Transaction, signed: int
    ) -> None:
        run(app)
        with transaction() as session:
            envelope = session.get_one(Envelope, signed)
            assert (envelope.state, envelope.sealed_at) == (EnvelopeState.SIGNED, LATER)
            assert list_events(session, signed)[-1].kind is EventKind.SEALED
            file = session.get_one(StoredFile, envelope.signed_file_id)
            assert (file.kind, file.file_name) == (
                FileKind.SIGNED_CONTRACT,
                "contrato-2026-000123-assinado.pdf",
            )
            mail = session.scalars(select(MailMessage).filter_by(kind="signature_completed")).one()
            assert mail.to_address == "maria@paoquente.com.br"

    @pytest.mark.deep
    def test_says_who_signed_what_and_when(self, app: Flask, transaction: Transaction, signed: int) -> None:
        run(app)
        with transaction() as session:
            envelope = session.get_one(Envelope, signed)
            text = text_of(read_content(session, envelope.signed_file_id or 0))
            original = session.get_one(StoredFile, envelope.file_id).sha256
        for said in (
            "Maria da Silva",
            "Padaria Pão Quente Ltda",
            "200.150.10.2",
            "Nome, CPF e código confirmados",
            "desenvolvimento",
            "14.063/2020",
        ):
            assert said in text
        assert original in text.replace("\n", "").replace(" ", "")

    @pytest.mark.deep
    def test_publishes_the_fact_in_the_same_transaction(
        self, app: Flask, signed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: list[SignatureCompleted] = []
        monkeypatch.setitem(
            app.extensions,
            "portal.reactions",
            {SignatureCompleted: (lambda _session, fact: seen.append(fact),)},
        )
        run(app)
        [fact] = seen
        assert (fact.envelope_id, fact.at) == (signed, NOON)

    @pytest.mark.deep
    def test_is_not_there_when_a_reaction_fails(
        self, app: Flask, transaction: Transaction, signed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(_session: Session, _fact: object) -> None:
            raise ValueError("no")

        monkeypatch.setitem(app.extensions, "portal.reactions", {SignatureCompleted: (fail,)})
        run(app)
        with transaction() as session:
            assert session.get_one(Envelope, signed).state is EnvelopeState.SEALING
            assert signed_files(session) == 0


class TestSealingTwice:
    def test_after_a_kill_between_doing_and_settling_stores_one_file(
        self, app: Flask, transaction: Transaction, signed: int
    ) -> None:
        with transaction() as session:
            lost = seal_document.before(session, signed, now=NOON)
            sealed = seal_document.call(lost)  # and the process was killed here
        run(app)
        with transaction() as session:
            seal_document.record(session, signed, sealed, now=LATER)
            assert signed_files(session) == 1
            completed = session.scalars(select(MailMessage).filter_by(kind="signature_completed")).all()
            assert len(completed) == 1

    def test_promised_again_does_nothing_more(
        self, app: Flask, transaction: Transaction, signed: int
    ) -> None:
        run(app)
        with transaction() as session:
            before = session.get_one(Envelope, signed).signed_file_id
            queue.enqueue(session, "seal_document", subject_id=signed, now=LATER)
        run(app)
        with transaction() as session:
            assert session.get_one(Envelope, signed).signed_file_id == before
            assert signed_files(session) == 1


class TestWithoutACertificate:
    def test_the_job_waits_and_says_why(
        self, app: Flask, transaction: Transaction, signed: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from tests.portal.gateways.test_seal import seal_without_certificate

        monkeypatch.setitem(app.extensions, "portal.seal", seal_without_certificate())
        with app.app_context():
            assert queue.run_next_job(db.engine, Lane.PAPER, clock=lambda: LATER)
        with transaction() as session:
            job = session.scalars(select(QueuedJob).filter_by(kind="seal_document")).one()
            assert job.state == "waiting"
            assert "signatures certificate" in job.last_error
            assert session.get_one(Envelope, signed).state is EnvelopeState.SEALING


@pytest.mark.deep
def test_hash_of_the_signed_file_is_that_of_its_bytes(
    app: Flask, transaction: Transaction, signed: int
) -> None:
    run(app)
    with transaction() as session:
        envelope = session.get_one(Envelope, signed)
        file = session.get_one(StoredFile, envelope.signed_file_id)
        assert hashlib.sha256(file.content).hexdigest() == file.sha256
