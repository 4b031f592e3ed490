"""The calls of a customer are found by it."""

from alembic import op

revision = "0523"
down_revision = "0522"
branch_labels = None
depends_on = None

UP = """
CREATE INDEX ix_tasks_customer_id ON tasks (customer_id);
"""

DOWN = """
DROP INDEX ix_tasks_customer_id;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
