"""A contract's document: printed, then printed with its certificate page and sealed, as the worker does."""

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from bench.demo import flask, load_demo, portal_environment
from portal.app import create_app
from portal.config import Settings
from portal.documents.operations import render_paper
from portal.shared import clock
from portal.shared.db import db
from portal.signatures.errands import seal_document
from portal.signatures.models import Envelope
from portal.signatures.rules import EnvelopeState

ROUNDS = 150
WARM_UP = 10


@dataclass(frozen=True, slots=True)
class PaperFigures:
    """Milliseconds, one for each round."""

    printed_ms: list[float]
    sealed_ms: list[float]
    kilobytes: int

    @property
    def both_ms(self) -> list[float]:
        """From the click on *Gerar contrato* and from the signature: the work behind both."""
        return [printed + sealed for printed, sealed in zip(self.printed_ms, self.sealed_ms, strict=True)]


def p95(figures: list[float]) -> float:
    """The time that nineteen of twenty do not exceed."""
    return sorted(figures)[int(len(figures) * 0.95)]


def measure_paper() -> PaperFigures:
    """Take a contract of the demonstration through the very functions of the errands."""
    with tempfile.TemporaryDirectory() as name:
        environment = portal_environment(Path(name))
        flask(environment, "signatures", "certificate")
        load_demo(environment)
        return _measure(environment)


def _measure(environment: dict[str, str]) -> PaperFigures:
    app = create_app(Settings.from_environment({**os.environ, **environment}))
    with app.app_context():
        envelope = db.session.scalars(select(Envelope).filter_by(state=EnvelopeState.OPEN).limit(1)).one()
        now = clock.now()
        envelope.state, envelope.agreed_at, envelope.signed_at = EnvelopeState.SEALING, now, now
        order = seal_document.prepare(db.session, envelope.id, now=now)
        db.session.rollback()
        printed_ms = _times(lambda: render_paper(order.paper, layout=order.layout, now=now))
        sealed_ms = _times(lambda: seal_document.do(order))
        content = seal_document.do(order).content
    return PaperFigures(printed_ms, sealed_ms, len(content) // 1024)


def _times(work: Callable[[], object]) -> list[float]:
    for _round in range(WARM_UP):
        work()
    found = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        work()
        found.append((time.perf_counter() - started) * 1000)
    return found
