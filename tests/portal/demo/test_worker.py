"""What the demonstration leaves to the real worker, on a machine that has no certificate yet."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.config import SealSettings
from portal.demo.worker import count_unsealed, leave_the_rest, run_queue
from portal.gateways.seal.pades import PadesSeal
from portal.shared.queue import QueuedJob
from portal.signatures.rules.states import EnvelopeState
from tests.factories.quotes import NOON
from tests.factories.signatures import make_envelope, sign

MONTHS_LATER = NOON + timedelta(days=120)


@pytest.fixture
def no_certificate(app: Flask, tmp_path: Path) -> Iterator[None]:
    """A portal whose set-up has not made one."""
    kept = app.extensions["portal.seal"]
    app.extensions["portal.seal"] = PadesSeal(SealSettings.from_environment({}, tmp_path, production=False))
    yield
    app.extensions["portal.seal"] = kept


class TestASignatureOfTheStory:
    def test_is_sealed_at_once_by_the_certificate_of_the_machine(self, session: Session) -> None:
        envelope = sign(session, make_envelope(session))
        run_queue(session, now=NOON, present=MONTHS_LATER)
        assert (envelope.state, envelope.sealed_at) == (EnvelopeState.SIGNED, NOON)
        assert count_unsealed(session) == 0

    @pytest.mark.usefixtures("no_certificate")
    def test_waits_for_a_certificate_and_is_asked_for_today(self, session: Session) -> None:
        envelope = sign(session, make_envelope(session))
        run_queue(session, now=NOON, present=MONTHS_LATER)
        leave_the_rest(session, now=MONTHS_LATER)
        assert envelope.state is EnvelopeState.SEALING
        assert count_unsealed(session) == 1
        job = session.scalars(select(QueuedJob).filter_by(kind="seal_document")).one()
        assert (job.enqueued_at, job.next_attempt_at) == (MONTHS_LATER, MONTHS_LATER)
