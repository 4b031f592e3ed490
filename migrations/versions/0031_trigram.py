"""Customers' names and documents are found by any part of them without reading every row."""

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE INDEX ix_customers_search_trigrams ON customers USING gin (search_text gin_trgm_ops)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_customers_search_trigrams")
    op.execute("DROP EXTENSION IF EXISTS pg_trgm")
