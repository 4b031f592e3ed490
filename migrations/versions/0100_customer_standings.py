"""Which contracts of a customer stand where is read from an index alone."""

from alembic import op

revision = "0100"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_contracts_customer_id_state", "contracts", ["customer_id", "state"])


def downgrade() -> None:
    op.drop_index("ix_contracts_customer_id_state", table_name="contracts")
