"""Many more rows like those that are there: customers and quotes, copied with other ids."""

from typing import Any

from sqlalchemy import Table, insert, select, text
from sqlalchemy.orm import Session

from portal.customers.models import Customer
from portal.quotes.models import Approval, Proposal, Quote, QuoteVersion
from portal.shared.audit import LogEntry, LogHead
from tests.factories.partners import a_cnpj

# Versions and approvals point to each other; what is copied was checked once.
WITHOUT_ORDER = "SET LOCAL session_replication_role = replica"
STEP = 10_000  # ids of the originals lie below, those of copy n above n × STEP
COPIED = {
    Customer: ("id",),
    Proposal: ("id", "customer_id"),
    Quote: ("id", "proposal_id", "customer_id", "cloned_from_id"),
    QuoteVersion: ("id", "quote_id", "customer_id", "approval_id"),
    Approval: ("id", "version_id", "quote_id"),
    LogEntry: ("id", "customer_id", "subject_id"),
}


def copy_quotes(session: Session, *, first: int, last: int) -> None:
    """Make the copies number `first` to `last` of everything about customers and quotes."""
    session.execute(text(WITHOUT_ORDER))
    _copy_heads(session, range(first, last + 1))
    for model, keys in COPIED.items():
        table = model.__table__
        assert isinstance(table, Table)
        originals = session.execute(select(table).where(table.c.id < STEP)).mappings().all()
        copies = [
            _copy(dict(row), keys, number * STEP) for number in range(first, last + 1) for row in originals
        ]
        wanted = [row for row in copies if model is not LogEntry or row["customer_id"] is not None]
        if wanted:
            session.execute(insert(table), wanted)


def _copy_heads(session: Session, numbers: range) -> None:
    """A log of each copied customer goes on where its original's ends."""
    for head in session.scalars(select(LogHead).where(LogHead.stream.like("customer:%"))).all():
        customer_id = int(head.stream.removeprefix("customer:"))
        if customer_id >= STEP:
            continue
        copied = {"position": head.position, "hash": head.hash}
        session.execute(
            insert(LogHead),
            [{"stream": f"customer:{customer_id + number * STEP}"} | copied for number in numbers],
        )


def _copy(row: dict[str, Any], keys: tuple[str, ...], offset: int) -> dict[str, Any]:
    row |= {key: row[key] + offset for key in keys if row[key] is not None}
    if "document" in row:
        row["document"] = a_cnpj(row["id"])
    if "stream" in row and row["customer_id"] is not None:
        row["stream"] = f"customer:{row['customer_id']}"
    return row
