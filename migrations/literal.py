"""Running literal SQL in a migration: what it did once, it does for ever."""

from collections.abc import Iterable
from pathlib import Path

from alembic import op


def run_sql(migration: str) -> None:
    """Run the `.sql` file that stands beside a migration (its `__file__`), in one go."""
    op.get_bind().exec_driver_sql(Path(migration).with_suffix(".sql").read_text(encoding="utf-8"))


def drop(tables: Iterable[str]) -> None:
    """Drop tables with their triggers, and the trigger functions that nothing uses any more."""
    for table in tables:
        op.execute(f"DROP TABLE {table} CASCADE")
    op.execute(
        """
        DO $$
        DECLARE unused regprocedure;
        BEGIN
            FOR unused IN
                SELECT p.oid::regprocedure FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
                WHERE n.nspname = 'public' AND p.prorettype = 'trigger'::regtype
                  AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgfoid = p.oid)
            LOOP
                EXECUTE format('DROP FUNCTION %s', unused);
            END LOOP;
        END $$
        """
    )
