"""A credit note may be the portal's own: a month that was paid and lies after the end of its contract."""

from alembic import op

revision = "0250"
down_revision = "0231"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE credit_notes ALTER COLUMN issued_by_id DROP NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE credit_notes ALTER COLUMN issued_by_id SET NOT NULL")
