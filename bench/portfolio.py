"""A portfolio of many customers whose lives the portal itself lived once: what one has, all have.

One customer is sold to, signed, billed and paid by the portal's operations; the database then copies that
customer with everything that hangs on it, in sets, the guards off. Every `AT_A_PARTNER` customers have
a partner of their own, so that partners stay as large as they are while the portfolio grows.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from bench.billing import FIRST_OF_JUNE, MEASURED, WARM_UP, analyze, bill
from portal.app import create_app
from portal.contracts.rules.states import ContractState
from portal.invoices.models import Invoice
from portal.receipts.operations.receiving import receive_payment
from portal.receipts.rules.receiving import Payer, PaymentSource
from portal.shared.clock import at_sao_paulo
from portal.shared.db import db
from tests.factories.contracts import make_contract
from tests.factories.following import what_follows
from tests.factories.payouts import close_month, make_finance
from tests.factories.quotes import make_house
from tests.support.application import settings_for
from tests.support.databases import migrate

AT_A_PARTNER = 250  # so many partners that a page over few of them is as full as one over many
INVOICES_EACH = 3
PAID_AT = at_sao_paulo(date(2026, 7, 15), 12)
CLOSED = (date(2026, 6, 1), date(2026, 7, 1))
# Ids of what one customer has lie below it; those of copy n are n times as much higher.
STEP = 100
PAYMENT_KEY = "CASE original.payment_key WHEN '' THEN '' ELSE original.payment_key || '-' || place END"

type Columns = Mapping[str, str]

PARTNERS: Mapping[str, Columns] = {
    "partners": {"document": "lpad((place + 1)::text, 14, '0')"},
    "users": {"email": "place || original.email"},
    "payouts": {},
}
CUSTOMERS: Mapping[str, Columns] = {
    "customers": {
        "document": "lpad((place * 100)::text, 14, '0')",
        "search_text": "reverse(place::text) || ' ' || original.search_text",
    },
    "contracts": {},
    "subscriptions": {},
    "subscription_lines": {},
    "invoices": {"number": f"original.number + place * {INVOICES_EACH}"},
    "invoice_lines": {},
    "boletos": {
        "number": "original.number + place",
        "bar_code": "left(original.bar_code, 34) || lpad(place::text, 10, '0')",
    },
    "payments": {"external_id": "original.external_id || '-' || place"},
    "postings": {"key": "original.key || '-' || place", "payment_key": PAYMENT_KEY},
    "coverages": {"payment_key": PAYMENT_KEY},
    "repasse_accruals": {"payment_key": PAYMENT_KEY},
    "payout_lines": {},
}
KEYS_OF_PARTNER = ("partner_id", "payout_id", "previous_id", "owner_id")
KEYS_OF_CUSTOMER = (
    *("customer_id", "contract_id", "quote_id", "version_id", "envelope_id"),
    *("subscription_id", "invoice_id", "accrual_id"),
)
LOTS_OF_ALL = f"""
UPDATE payouts SET accrued_cents = accrued_cents * many, total_cents = total_cents * many,
    line_count = line_count * many
FROM (SELECT id AS lot, least({AT_A_PARTNER}, :count - partner_id / {STEP} * {AT_A_PARTNER}) AS many
    FROM payouts) AS sizes WHERE lot = id
"""  # noqa: S608 - numbers of ours
ONLY = {"users": " AND original.partner_id IS NOT NULL"}
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""


@contextmanager
def portfolio(url: str, count: int) -> Iterator[Flask]:
    """An app over so many customers with `INVOICES_EACH` invoices each: two paid and in a lot, one open."""
    migrate(url)
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(settings_for(url, Path(folder)))
        with app.app_context():
            _live_once(db.session)
            _copy(db.session, count)
            analyze()
            db.session.close()
        yield app
        with app.app_context():
            db.engine.dispose()


def _live_once(session: Session) -> None:
    house = make_house(session)
    make_contract(session, house, state=ContractState.ACTIVE, now=FIRST_OF_JUNE, quantities={"user": 4})
    session.commit()
    bill(WARM_UP)
    what_follows(session)
    second = session.scalars(select(Invoice).where(Invoice.installment_number == 2)).one()
    receive_payment(
        session,
        source=PaymentSource.PIX,
        external_id="E1",
        invoice_id=second.id,
        amount_cents=second.amount_cents,
        currency="BRL",
        paid_at=PAID_AT,
        payer=Payer(),
        facts={},
        now=PAID_AT,
    )
    what_follows(session)
    bill(MEASURED)
    finance = make_finance(session)
    for month in CLOSED:
        close_month(session, month, actor=finance)
    # What waits in the queue is one customer's alone, and no page's matter.
    session.execute(text("UPDATE queued_jobs SET state = 'done', finished_at = enqueued_at"))
    session.execute(text("UPDATE mail_messages SET state = 'not_needed'"))
    session.commit()


def _copy(session: Session, count: int) -> None:
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("SET LOCAL statement_timeout = 0"))
    last_partner = (count - 1) // AT_A_PARTNER
    for table, changed in PARTNERS.items():
        moved = dict.fromkeys(("id", *KEYS_OF_PARTNER), "place")
        _copy_table(session, table, moved, changed, last=last_partner)
    for table, changed in CUSTOMERS.items():
        moved = dict.fromkeys(("id", *KEYS_OF_CUSTOMER), "place")
        moved |= dict.fromkeys(KEYS_OF_PARTNER, f"place / {AT_A_PARTNER}")
        _copy_table(session, table, moved, changed, last=count - 1)
    session.execute(text(LOTS_OF_ALL), {"count": count})
    session.execute(text("UPDATE invoice_series SET last_number = last_number * :count"), {"count": count})
    session.execute(text("SELECT count_sums_again()"))
    session.commit()


def _copy_table(session: Session, table: str, moved: Columns, changed: Columns, *, last: int) -> None:
    """Copies of a table's rows, ids and what refers to them moved on by so many steps."""
    names = session.scalars(text(COLUMNS), {"table": table}).all()
    values = [
        changed.get(name)
        or (f"original.{name} + {moved[name]} * {STEP}" if name in moved else f"original.{name}")
        for name in names
    ]
    session.execute(
        text(
            f"INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} FROM {table} AS original,"  # noqa: S608
            f" generate_series(1, :last) AS place WHERE original.id < {STEP}{ONLY.get(table, '')}"
            " ORDER BY place, original.id"
        ),
        {"last": last},
    )
