"""Contracts' documents: printed, then printed with their certificate page and sealed, as the worker does.

Another contract in each round, so that the printer finds little of it in its memory, as in real life.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import cycle, islice

from sqlalchemy import select

from bench.demo import demonstration
from portal.app import create_app
from portal.config import Settings
from portal.documents.operations.printing import render_paper
from portal.shared import clock
from portal.shared.db import db
from portal.signatures.jobs import seal_document
from portal.signatures.models import Envelope
from portal.signatures.operations.sealing import SealingOrder
from portal.signatures.rules.states import EnvelopeState

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
    """Take the contracts of the demonstration through the very functions of the jobs."""
    with demonstration() as environment:
        return _measure(environment)


def _measure(environment: dict[str, str]) -> PaperFigures:
    app = create_app(Settings.from_environment({**os.environ, **environment}))
    with app.app_context():
        orders = _orders(clock.now())
        printed_ms = _times(
            lambda order: render_paper(order.paper, layout=order.layout, now=order.signed_at), orders
        )
        sealed_ms = _times(seal_document.call, orders)
        content = seal_document.call(orders[0]).content
    return PaperFigures(printed_ms, sealed_ms, len(content) // 1024)


def _orders(now: datetime) -> list[SealingOrder]:
    """What the worker would do if every contract of the demonstration were signed now; nothing is stored."""
    orders = []
    with db.session.no_autoflush:
        for envelope in db.session.scalars(select(Envelope).order_by(Envelope.id)).all():
            envelope.state, envelope.agreed_at, envelope.signed_at = EnvelopeState.SEALING, now, now
            orders.append(seal_document.before(db.session, envelope.id, now=now))
    db.session.rollback()
    return orders


def _times(work: Callable[[SealingOrder], object], orders: list[SealingOrder]) -> list[float]:
    in_turn = cycle(orders)
    for order in islice(in_turn, WARM_UP):
        work(order)
    found = []
    for order in islice(in_turn, ROUNDS):
        started = time.perf_counter()
        work(order)
        found.append((time.perf_counter() - started) * 1000)
    return found
