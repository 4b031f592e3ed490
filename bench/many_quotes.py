"""A database with as many quotes as wanted, made by copying the demonstration inside PostgreSQL.

Each copy brings the demonstration's customers with their quotes, versions, approvals and the log's first
entry of each quote. Copies belong to a hundred sets of partners in turn, so partners grow with the house; the
demonstration's own partners, whose people sign in, keep what they have, and its account managers look after
all copies of their partners. The requests that wait for an approval are copied a fixed number of times: how
many wait follows from how fast people answer, not from how many quotes there ever were.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import psycopg
from psycopg.sql import SQL, Composed, Identifier

STEP = 10_000  # ids of the demonstration lie below, those of copy n above n × STEP
PARTNER_SETS = 100
COPIES_OF_WAITING = 8

COPY = f"(copy.number * {STEP})"
PARTNER_SET = f"((1 + mod(copy.number - 1, {PARTNER_SETS})) * {STEP})"
WAITING = "SELECT quote_id FROM quote_versions WHERE is_live AND state = 'pending_approval'"


class Table(NamedTuple):
    """How a table's rows are copied.

    Columns `of_copy` and `of_partner` take the copy's or the partner set's offset, `values` are for others.
    `quote` is the column that says of which quote a row is.
    """

    name: str
    of_copy: tuple[str, ...]
    of_partner: tuple[str, ...] = ("partner_id",)
    values: Mapping[str, str] = MappingProxyType({})
    only: str = "true"
    quote: str = ""


PARTNERS = (
    Table("partners", (), ("id",), {"document": f"lpad((original.id + {PARTNER_SET})::text, 14, '0')"}),
    Table(
        "users",
        (),
        ("id", "partner_id"),
        {"email": "copy.number || '.' || original.email"},
        only="original.partner_id IS NOT NULL",
    ),
)
TABLES = (
    Table(
        "customers",
        ("id",),
        values={
            "document": f"lpad((original.id + {COPY})::text, 14, '0')",
            "search_text": "original.search_text || ' ' || copy.number",
        },
    ),
    Table("proposals", ("id", "customer_id")),
    Table(
        "quotes",
        ("id", "proposal_id", "customer_id"),
        ("partner_id", "owner_id"),
        {"cloned_from_id": "NULL", "creation_key": "NULL"},
        quote="id",
    ),
    Table(
        "quote_versions",
        ("id", "quote_id", "customer_id", "approval_id"),
        ("partner_id", "owner_id"),
        {"changed_at": "original.changed_at - copy.number * interval '7 minutes'"},
        quote="quote_id",
    ),
    Table(
        "approvals",
        ("id", "version_id", "quote_id"),
        ("partner_id", "owner_id", "requested_by_id"),
        quote="quote_id",
    ),
    Table(
        "log_entries",
        ("id", "customer_id", "subject_id"),
        values={"stream": f"'customer:' || (original.customer_id + {COPY})"},
        only="original.action = 'quote_created'",
        quote="subject_id",
    ),
)


def fill(address: str, quotes: int) -> int:
    """Copy the demonstration in the database at `address` until it holds about `quotes`; return how many."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # what is copied was checked once
        there = _count(connection, "SELECT id FROM quotes")
        waiting = _count(connection, WAITING)
        copies = round((quotes - there - waiting * COPIES_OF_WAITING) / (there - waiting))
        last = max(copies, COPIES_OF_WAITING)
        for table in PARTNERS:
            connection.execute(_copy(connection, table), {"last": min(last, PARTNER_SETS), "copies": last})
        for table in TABLES:
            connection.execute(_copy(connection, table), {"last": last, "copies": copies})
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
        return _count(connection, "SELECT id FROM quotes")


def _copy(connection: "psycopg.Connection[tuple[str]]", table: Table) -> Composed:
    offsets = dict.fromkeys(table.of_copy, COPY) | dict.fromkeys(table.of_partner, PARTNER_SET)
    names = [
        name
        for (name,) in connection.execute(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position",
            [table.name],
        )
    ]
    columns = {name: table.values.get(name, f"original.{name}") for name in names}
    columns |= {name: f"original.{name} + {offset}" for name, offset in offsets.items()}
    if table.quote:
        of_waiting = f"original.{table.quote} IN ({WAITING})"
        chosen = f"copy.number <= CASE WHEN {of_waiting} THEN {COPIES_OF_WAITING} ELSE %(copies)s END"
    else:
        chosen = "copy.number <= %(last)s"
    return SQL(
        "INSERT INTO {table} ({columns}) SELECT {expressions}"
        " FROM generate_series(1, %(last)s::int) AS copy (number), {table} AS original"
        " WHERE original.id < {step} AND {only} AND {chosen}"
    ).format(
        table=Identifier(table.name),
        columns=SQL(", ").join(map(Identifier, columns)),
        expressions=SQL(", ").join(map(SQL, columns.values())),
        step=STEP,
        only=SQL(table.only),
        chosen=SQL(chosen),
    )


def _count(connection: "psycopg.Connection[tuple[str]]", rows: str) -> int:
    found = connection.execute(SQL("SELECT count(*) FROM ({rows}) AS row").format(rows=SQL(rows))).fetchone()
    return int(found[0]) if found else 0
