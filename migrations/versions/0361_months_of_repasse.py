"""The months of repasse are found step by step, for all partners together."""

from alembic import op

revision = "0361"
down_revision = "0440"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE INDEX ix_repasse_sums_month ON repasse_sums (month)")


def downgrade() -> None:
    op.execute("DROP INDEX ix_repasse_sums_month")
