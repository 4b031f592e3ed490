"""JSON columns are JSONB: compared, indexed and read without parsing text."""

from alembic import op
from sqlalchemy import text

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None

COLUMNS = (
    ("customer_imports", ("rows", "problems")),
    ("log_entries", ("facts",)),
    ("quote_versions", ("selection", "breakdown")),
    ("bank_files", ("results",)),
    ("stored_files", ("reading",)),
    ("payments", ("facts",)),
)
# The type of a column that a trigger's condition names cannot change under it.
CONDITIONAL = """
SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = CAST(:table AS regclass) AND NOT tgisinternal AND tgqual IS NOT NULL ORDER BY tgname
"""


def upgrade() -> None:
    _change("jsonb")


def downgrade() -> None:
    _change("json")


def _change(kind: str) -> None:
    for table, columns in COLUMNS:
        triggers = op.get_bind().execute(text(CONDITIONAL), {"table": table}).all()
        for name, _ in triggers:
            op.execute(f"DROP TRIGGER {name} ON {table}")
        changes = ", ".join(f"ALTER COLUMN {column} TYPE {kind} USING {column}::{kind}" for column in columns)
        op.execute(f"ALTER TABLE {table} {changes}")
        for _, definition in triggers:
            op.get_bind().exec_driver_sql(definition)
