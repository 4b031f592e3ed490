"""A return file in which a bank tells that many boletos are paid, from its bytes to booked payments.

One in ten is late and pays its charges. A process of its own brings the file, as a person does, and is then
the worker that checks and applies it with its two threads for the bank, durable as in production; what
follows as jobs of other kinds (repasse, other boletos) does not count. Its memory is what the process held
at most.
`python -m bench.returns 10000` measures one size and prints it.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from bench import memory
from bench.billing import analyze
from portal.app import create_app
from portal.banking.models.bank_file import BankFile
from portal.banking.models.boleto import Boleto
from portal.banking.operations.applying import apply_return
from portal.banking.operations.taking_returns import take_return
from portal.banking.rules.bank_files import BankFileState
from portal.receipts.models.payment import Payment
from portal.receipts.rules.receiving import PaymentSource
from portal.sandbox_bank.rules.returns import ReturnLine, return_file
from portal.shared import garbage
from portal.shared.auth import Role
from portal.shared.brazil import is_bank_day
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from portal.shared.queue import Lane, run_next_job
from portal.shared.schedule.runner import THREADS
from portal.users.models import User
from tests.factories.payments import ACCOUNT
from tests.factories.returned import bill_by_boleto, subscribe
from tests.factories.users import actor_of, make_user
from tests.support.application import settings_for
from tests.support.databases import migrate
from tests.support.statements import statements
from tools.postgres.temporary import DURABLE, temporary_server

FEW, MANY = 10_000, 100_000
DUE, LATE = date(2026, 7, 15), date(2026, 7, 25)
CHARGES = 4_67  # of R$ 199,90, ten days late
POLL_S = 0.5
NOW = at_sao_paulo(LATE, 18)


@dataclass(frozen=True, slots=True)
class ReturnFigures:
    """A file of `lines`: seconds to take, check and apply it, statements, and the most memory held, in MB.

    `processor_s` is the time of its processor that the process took, `database_s` what the database did for
    it: what else the machine does makes these longer only a little.
    """

    lines: int
    take_s: float
    check_s: float
    apply_s: float
    processor_s: float
    database_s: float
    statements: int
    peak_mb: float

    @property
    def lines_per_s(self) -> float:
        """From the bytes to booked payments."""
        return self.lines / (self.take_s + self.check_s + self.apply_s)


def measure_returns() -> list[ReturnFigures]:
    """A short file and a long one."""
    return [measure_return(FEW), measure_return(MANY)]


def measure_return(count: int) -> ReturnFigures:
    """A file of `count` lines, in a database of its own."""
    with temporary_server(DURABLE) as url, tempfile.TemporaryDirectory() as folder:
        migrate(url)
        path = Path(folder) / "A.RET"
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            session: Session = db.session
            make_user(session, role=Role.FINANCE)
            subscribe(session, count=count)
            session.commit()
            analyze()
            bill_by_boleto(session)
            session.commit()
            analyze()
            path.write_bytes(_file(session))
            session.close()
            command = [sys.executable, "-m", "bench.returns", "carry-out", url, folder]
            said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            _require_booked(session, count)
            session.close()
            db.engine.dispose()
        return ReturnFigures(lines=count, **json.loads(said))


def carry_out(url: str, folder: str) -> dict[str, float]:
    """Bring the file in a folder and do what it says, in this process."""
    app = create_app(settings_for(url, Path(folder)))
    is_bank_day(DUE)  # a worker that lives has loaded the calendars
    garbage.look_seldom()  # as its process does
    with app.app_context(), statements(app) as sent, (Path(folder) / "A.RET").open("rb") as stream:
        session: Session = db.session
        desk = actor_of(session.scalars(select(User).filter_by(role=Role.FINANCE).limit(1)).one())
        began, processor, database = time.perf_counter(), time.process_time(), _database_s(session)
        file = take_return(session, name="A.RET", stream=stream, actor=desk, now=NOW)
        file_id = file.id
        session.commit()
        taken = time.perf_counter()
        _work_off(app, file_id, BankFileState.READ)
        checked = time.perf_counter()
        apply_return(session, file=session.get_one(BankFile, file_id), actor=desk, now=NOW)
        session.commit()
        _work_off(app, file_id, BankFileState.APPLIED)
        applied = time.perf_counter()
        return {
            "take_s": taken - began,
            "check_s": checked - taken,
            "apply_s": applied - checked,
            "processor_s": time.process_time() - processor,
            "database_s": _database_s(session) - database,
            "statements": len(sent),
            "peak_mb": memory.peak_mb(),
        }


def _database_s(session: Session) -> float:
    """The time of the processor that the database's processes for its clients have taken so far."""
    pids = session.scalars(
        text("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
    ).all()
    session.commit()
    ticks = (Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")")[-1].split() for pid in pids)
    return sum(int(each[11]) + int(each[12]) for each in ticks) / os.sysconf("SC_CLK_TCK")


def _work_off(app: Flask, file_id: int, until: BankFileState) -> None:
    """Do what the queue knows of the file, with as many threads as a worker has for it.

    Where there is nothing for one of them, it looks again now and then, as a worker's does until it is rung.
    """
    is_over = threading.Event()

    def work() -> None:
        with app.app_context():
            while not is_over.is_set():
                if not run_next_job(db.engine, Lane.BANK, clock=lambda: NOW):
                    is_over.wait(POLL_S)
                elif _is(file_id, until):
                    is_over.set()

    threads = [threading.Thread(target=work) for _ in range(THREADS[Lane.BANK])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _is(file_id: int, state: BankFileState) -> bool:
    with Session(db.engine) as session:
        return session.scalars(select(BankFile.state).filter_by(id=file_id)).one() is state


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


if __name__ == "__main__":
    if sys.argv[1:2] == ["carry-out"]:
        print(json.dumps(carry_out(*sys.argv[2:])))
    else:
        figures = measure_return(int(sys.argv[1]) if len(sys.argv) > 1 else MANY)
        print(asdict(figures), f"{figures.lines_per_s:,.0f} lines/s")
