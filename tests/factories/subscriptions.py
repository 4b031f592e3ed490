"""Many subscriptions like one that is there, with a customer and a contract each, copied by the database."""

from sqlalchemy import text
from sqlalchemy.orm import Session

STEP = 1_000_000  # ids of the originals lie below, those of copies above
ALL_KEYS = {"id": "copy", "customer_id": "copy"}
CHANGED = {
    "customers": {"id": "copy", "document": "lpad(copy::text, 14, '0')"},
    "quotes": ALL_KEYS | {"proposal_id": "copy", "creation_key": "NULL"},
    "contracts": ALL_KEYS | {"quote_id": "copy", "version_id": "copy", "envelope_id": "copy"},
    "subscriptions": ALL_KEYS | {"contract_id": "copy"},
    "subscription_lines": {"id": "copy * 100 + position", "subscription_id": "copy"},
}
CHOSEN = {
    "customers": "id = (SELECT customer_id FROM contracts WHERE id = :contract)",
    "quotes": "id = (SELECT quote_id FROM contracts WHERE id = :contract)",
    "contracts": "id = :contract",
    "subscriptions": "contract_id = :contract",
    "subscription_lines": "subscription_id = (SELECT id FROM subscriptions WHERE contract_id = :contract)",
}
COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = CAST(:table AS regclass) AND attnum > 0 AND NOT attisdropped AND attgenerated = ''
ORDER BY attnum
"""


def copy_subscriptions(session: Session, contract_id: int, *, count: int) -> None:
    """Make `count` copies of an active contract's subscription. The guards are off meanwhile."""
    session.flush()
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(text("SET LOCAL statement_timeout = 0"))  # a million at once, for a measurement
    last = session.scalar(text("SELECT greatest(max(id), :step) FROM customers"), {"step": STEP})
    for table, changed in CHANGED.items():
        names = session.scalars(text(COLUMNS), {"table": table}).all()
        values = ", ".join(changed.get(name, f"original.{name}") for name in names)
        session.execute(
            text(
                f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} AS original,"  # noqa: S608
                f" generate_series(CAST(:last AS bigint) + 1, :last + :count) AS copy WHERE {CHOSEN[table]}"
            ),
            {"contract": contract_id, "last": last, "count": count},
        )
    session.execute(text("SET LOCAL session_replication_role = origin"))


def copy_versions(session: Session) -> None:
    """Give each copy a quote's version like that of its reseller's original, for what is done one by one."""
    changed = {"id": "copied.version_id", "quote_id": "copied.quote_id", "customer_id": "copied.customer_id"}
    names = session.scalars(text(COLUMNS), {"table": "quote_versions"}).all()
    values = ", ".join(changed.get(name, f"original.{name}") for name in names)
    session.execute(text("SET LOCAL session_replication_role = replica"))
    session.execute(
        text(
            f"INSERT INTO quote_versions ({', '.join(names)}) SELECT {values} FROM contracts AS copied"  # noqa: S608
            " JOIN quote_versions AS original ON original.partner_id = copied.partner_id"
            " WHERE NOT EXISTS (SELECT FROM quote_versions AS own WHERE own.id = copied.version_id)"
        )
    )
    session.execute(text("SET LOCAL session_replication_role = origin"))
