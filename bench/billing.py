"""A billing run over many due subscriptions of four lines, beside a bare INSERT … SELECT of the same rows.

The bare one copies what the run made into tables of the same columns, indexes and foreign keys, which hold
what the run's own tables held before it; nothing is computed, nothing guarded. A first month is billed
before, so that tables hold rows and their statistics are known. The clock runs over invoices, lines,
postings, the subscriptions moved on, and the notices of the invoices with their jobs; boletos are asked for,
a job a chunk.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench import memory
from portal.app import create_app
from portal.contracts.rules.states import ContractState
from portal.invoices.notifications import invoices_issued
from portal.invoices.operations.billing_runs import bill_chunk, plan_run
from portal.invoices.queries.billing_runs import list_waiting_chunks
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.contracts import make_contract
from tests.factories.quotes import make_house
from tests.factories.subscriptions import copy_subscriptions
from tests.support.application import settings_for
from tests.support.databases import migrate
from tests.support.statements import statements
from tools.postgres.temporary import DURABLE, temporary_server

# How often each size is measured, by how far apart its rounds lie: a short run waits for a few writes only.
ROUNDS = {1_000: 9, 10_000: 3, 100_000: 1, 1_000_000: 1}
FIRST_OF_JUNE = at_sao_paulo(date(2026, 6, 1), 12)
WARM_UP, MEASURED = date(2026, 7, 5), date(2026, 8, 5)
# What the last run made, whose invoices are `billed`, or with "NOT " what was there before.
COPIED = {
    "invoices": "SELECT * FROM invoices WHERE {}EXISTS (SELECT FROM billed WHERE billed.id = invoices.id)",
    "invoice_lines": """SELECT * FROM invoice_lines WHERE {}EXISTS (
        SELECT FROM billed WHERE billed.id = invoice_id)""",
    "postings": "SELECT * FROM postings WHERE {}EXISTS (SELECT FROM billed WHERE billed.id = invoice_id)",
    "mail_messages": """SELECT * FROM mail_messages WHERE {}EXISTS (
        SELECT FROM billed WHERE billed.id = subject_id AND kind = 'invoice_issued')""",
    "queued_jobs": """SELECT * FROM queued_jobs WHERE {}EXISTS (
        SELECT FROM mail_messages mail JOIN billed ON billed.id = mail.subject_id
        WHERE queued_jobs.kind = 'mail' AND mail.id = queued_jobs.subject_id
        AND mail.kind = 'invoice_issued')""",
}
BILLED = """
CREATE TABLE billed AS SELECT id FROM invoices
WHERE chunk_id IN (SELECT id FROM billing_chunks WHERE run_id = (SELECT max(id) FROM billing_runs))
"""
KEYS = """
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = CAST(:table AS regclass) AND contype = 'f'
"""


@dataclass(frozen=True, slots=True)
class BillingFigures:
    """One size: how many were billed, in how many seconds, with how many statements, and the bare copy.

    `memory_mb` is what the run took at most, beyond what the program held before it.
    """

    count: int
    seconds: float
    bare_seconds: float
    statements: int
    memory_mb: float


def measure_billing() -> list[BillingFigures]:
    """Each size in a database of its own, durable as in production; the round in the middle of them."""
    return [_middle([_measure(count) for _ in range(rounds)]) for count, rounds in ROUNDS.items()]


def _middle(rounds: list[BillingFigures]) -> BillingFigures:
    return sorted(rounds, key=lambda one: one.bare_seconds / one.seconds)[len(rounds) // 2]


def _measure(count: int) -> BillingFigures:
    with temporary_server(DURABLE) as url, filled(url, count) as app, app.app_context():
        bill(WARM_UP)
        analyze()
        held = memory.held_mb()
        memory.forget_peak()
        began = time.perf_counter()
        with statements(app) as sent:
            bill(MEASURED)
        seconds = time.perf_counter() - began
        took_mb = memory.peak_mb() - held
        return BillingFigures(count, seconds, _copy(), len(sent), took_mb)


@contextmanager
def filled(url: str, count: int) -> Iterator[Flask]:
    """An app over a database of so many subscriptions that are due."""
    migrate(url)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            session: Session = db.session
            contract = make_contract(
                session,
                make_house(session),
                state=ContractState.ACTIVE,
                now=FIRST_OF_JUNE,
                apps={"nfse": 1, "precos": 1},
                quantities={"user": 4},
            )
            copy_subscriptions(session, contract.id, count=count - 1)
            session.commit()
            analyze()
            session.close()
        yield app
        with app.app_context():
            db.engine.dispose()


def bill(day: date) -> None:
    """A whole run of a day, by this process alone."""
    now = at_sao_paulo(day, 6)
    plan_run(db.session, day=day, now=now)
    db.session.commit()
    for chunk_id in list_waiting_chunks(db.session):
        bill_chunk(db.session, chunk_id, now=now)
        db.session.commit()
        invoices_issued(db.session, chunk_id=chunk_id, now=now)
        db.session.commit()


def analyze() -> None:
    """What autovacuum would do by then."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _copy() -> float:
    """The seconds it takes to copy the rows of the last run, keys and indexes included."""
    session: Session = db.session
    session.execute(text("SET statement_timeout = 0"))  # a million rows at once
    session.execute(text(BILLED))
    for table, rows in COPIED.items():
        session.execute(text(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)"))
        for name, key in session.execute(text(KEYS), {"table": table}).all():
            own = key.replace("REFERENCES invoices(", "REFERENCES bare_invoices(")
            session.execute(text(f"ALTER TABLE bare_{table} ADD CONSTRAINT bare_{name[:50]} {own}"))
        session.execute(text(f"INSERT INTO bare_{table} {rows.format('NOT ')}"))
    session.commit()
    analyze()
    began = time.perf_counter()
    for table, rows in COPIED.items():
        session.execute(text(f"INSERT INTO bare_{table} {rows.format('')}"))
    session.commit()
    return time.perf_counter() - began
