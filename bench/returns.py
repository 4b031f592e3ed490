"""A return file in which a bank tells that many boletos are paid, from its bytes to booked payments.

One in ten is late and pays its charges. The clock runs over reading it, foreseeing what each line does, and
applying it, durable as in production; what follows as a job of its own (repasse, other boletos) does not
count. `python -m bench.returns 10000` measures one size and prints it.
"""

import resource
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bench.billing import analyze
from portal.app import create_app
from portal.banking.models.boleto import Boleto
from portal.banking.operations.bank_files import apply_return
from portal.banking.operations.taking_returns import take_return
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.payments import ACCOUNT
from tests.factories.returned import bill_by_boleto, subscribe
from tests.support.application import settings_for
from tests.support.databases import migrate
from tests.support.statements import statements
from tools.postgres.temporary import DURABLE, temporary_server

COUNT = 100_000
DUE, LATE = date(2026, 7, 15), date(2026, 7, 25)
CHARGES = 4_67  # of R$ 199,90, ten days late
NOW = at_sao_paulo(LATE, 18)


@dataclass(frozen=True, slots=True)
class ReturnFigures:
    """A file of `lines`: seconds to read and to apply it, statements, and how much memory grew, in MB."""

    lines: int
    read_s: float
    apply_s: float
    statements: int
    grown_mb: float

    @property
    def lines_per_s(self) -> float:
        """From the bytes to booked payments."""
        return self.lines / (self.read_s + self.apply_s)


def measure_returns(count: int = COUNT) -> ReturnFigures:
    """A file of `count` lines, in a database of its own."""
    with temporary_server(DURABLE) as url, tempfile.TemporaryDirectory() as folder:
        migrate(url)
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            session: Session = db.session
            subscribe(session, count=count)
            session.commit()
            analyze()
            bill_by_boleto(session)
            session.commit()
            analyze()
            content = _file(session)
            session.close()
            before = _memory_mb()
            began = time.perf_counter()
            with statements(app) as sent:
                file = take_return(session, name="A.RET", content=content, actor=None, now=NOW)
                session.commit()
                read_s = time.perf_counter() - began
                apply_return(session, file=file, actor=None, now=NOW)
                session.commit()
            apply_s = time.perf_counter() - began - read_s
            _require_booked(session, count)
            figures = ReturnFigures(count, read_s, apply_s, len(sent), _memory_mb() - before)
            session.close()
            db.engine.dispose()
        return figures


def _file(session: Session) -> bytes:
    """What the bank tells of every boleto."""
    told = select(Boleto.number, Boleto.due_on, Boleto.amount_cents).order_by(Boleto.number)
    lines = [
        ReturnLine(
            code="06",
            number=number,
            on=LATE if number % 10 == 0 else DUE,
            due_on=due_on,
            title_cents=cents,
            paid_cents=cents + (CHARGES if number % 10 == 0 else 0),
            charges_cents=CHARGES if number % 10 == 0 else 0,
            fee_cents=1_99,
        )
        for number, due_on, cents in session.execute(told.where(Boleto.state == "registered"))
    ]
    return return_file(ACCOUNT, lines, made_at=NOW, number=1)


def _require_booked(session: Session, count: int) -> None:
    booked = select(func.count(Payment.id)).where(
        Payment.source == PaymentSource.BOLETO, Payment.received_at == NOW
    )
    if (found := session.scalar(booked)) != count:
        raise AssertionError(f"{found} of {count} lines were booked")


def _memory_mb() -> float:
    """The most this process has held so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(measure_returns(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT))
