"""The nightly check and finance's pages over many invoices: half of them open, half paid, with their repasse.

Each size in a database of its own, durable as in production. A first month is billed and paid, a second one
billed; payments, postings, accruals and coverage are copied by the database, the guards being off. Pages are
asked in this process: what they cost beside their statements does not grow.
"""

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

import time_machine
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.billing import MEASURED, WARM_UP, analyze, bill, filled
from bench.load import percentile
from portal.payouts.queries.invariants import find_broken
from portal.shared.auth import Role
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.users import PASSWORD, make_user
from tests.support.clients import PortalClient
from tools.postgres.temporary import DURABLE, temporary_server

SIZES = (5_000, 500_000)  # subscriptions; invoices are twice as many
NOW = at_sao_paulo(date(2026, 8, 20), 12)
A_NIGHT = timedelta(hours=26)
PAGES = {"invoice list": "/faturas", "finance desk": "/financeiro", "repasse": "/repasses/extratos"}
ASKED = 40
FINANCE = "financeiro@bench.example"
# The first run's invoices were paid at noon of their due day, by Pix.
SETTLED = (
    """
    CREATE TEMPORARY TABLE settled AS
    SELECT invoices.*, due_on + interval '15 hours' AS noon, 'pix:E' || id AS paid_by FROM invoices
    WHERE chunk_id IN (SELECT id FROM billing_chunks WHERE run_id = (SELECT min(id) FROM billing_runs))
    """,
    """
    UPDATE invoices SET state = 'paid', paid_cents = invoices.amount_cents, paid_at = noon
    FROM settled WHERE settled.id = invoices.id
    """,
    """
    INSERT INTO payments (source, external_id, amount_cents, fee_cents, credited_cents, currency, paid_at,
        received_at, payer_name, payer_document, facts, outcome, partner_id, customer_id, invoice_id)
    SELECT 'pix', 'E' || id, amount_cents, 0, amount_cents, 'BRL', noon, noon, 'x', payer_document, '{}',
        'settled', partner_id, customer_id, id FROM settled
    """,
    """
    INSERT INTO postings (key, kind, debit_account, credit_account, amount_cents, payment_key, invoice_id,
        partner_id, customer_id, booked_at)
    SELECT 'paid:' || id, 'paid', 'cash_pix', 'receivable', amount_cents, paid_by, id, partner_id,
        customer_id, noon FROM settled
    """,
    """
    INSERT INTO repasse_accruals (payment_key, invoice_id, contract_id, partner_id, customer_id, position,
        line_code, line_label, quantity, paid_cents, cost_cents, central_fee_cents, vendor_share_cents,
        repasse_cents, month, accrued_at)
    SELECT paid_by, settled.id, contract_id, partner_id, customer_id, position, code, label, quantity,
        line.amount_cents, line.amount_cents, 0, 0, 0, date_trunc('month', due_on), noon
    FROM settled JOIN invoice_lines AS line ON line.invoice_id = settled.id
    """,
    """
    INSERT INTO coverages (contract_id, partner_id, customer_id, number, covers_from, covers_until,
        grace_until, payment_key, created_at, after_suspension)
    SELECT contract_id, partner_id, customer_id, installment_number, period_from, period_until, grace_until,
        paid_by, noon, false FROM settled
    """,
)


@dataclass(frozen=True, slots=True)
class BooksFigures:
    """One size: how many invoices, how long the nightly check took, the p95 of each page in milliseconds."""

    invoices: int
    check_seconds: float
    pages_ms: dict[str, float]


def measure_books(sizes: tuple[int, ...] = SIZES) -> list[BooksFigures]:
    """Each size in turn."""
    return [_measure(count) for count in sizes]


def _measure(count: int) -> BooksFigures:
    with temporary_server(DURABLE) as url, filled(url, count) as app, app.app_context():
        bill(WARM_UP)
        bill(MEASURED)
        _settle(db.session)
        analyze()
        began = time.perf_counter()
        find_broken(db.session, since=NOW - A_NIGHT, now=NOW)
        took = time.perf_counter() - began
        db.session.rollback()
        with time_machine.travel(NOW, tick=True):
            return BooksFigures(2 * count, took, _pages(app))


def _settle(session: Session) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    for statement in SETTLED:
        session.execute(text(statement))
    session.commit()


def _pages(app: Flask) -> dict[str, float]:
    make_user(db.session, role=Role.FINANCE, email=FINANCE)
    db.session.commit()
    app.test_client_class = PortalClient
    client = cast("PortalClient", app.test_client())
    client.sign_in(FINANCE, PASSWORD)
    return {page: _p95(client, path) for page, path in PAGES.items()}


def _p95(client: PortalClient, path: str) -> float:
    times = []
    for number in range(ASKED + 1):
        began = time.perf_counter()
        answer = client.get(path)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status}")
        if number:  # the first one warms
            times.append(time.perf_counter() - began)
    return percentile(sorted(times), 95)
