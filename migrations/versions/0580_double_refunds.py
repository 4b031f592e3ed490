"""Who began a charge of a card; and a task that asks finance about money we took a second time.

Of the charges so far nobody knows any more who began them; nearly all were ours.
"""

from alembic import op

revision = "0580"
down_revision = "0570"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE charges ADD COLUMN by_payer boolean NOT NULL DEFAULT false;
ALTER TABLE charges ALTER COLUMN by_payer DROP DEFAULT;
ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind
    CHECK (kind IN ('pay_repasse', 'review_repasse', 'refund', 'double_refund', 'dispute', 'offer_renewal',
        'cancellation', 'follow_up', 'call', 'tax_note', 'other'));
"""

DOWN = """
UPDATE tasks SET kind = 'refund' WHERE kind = 'double_refund';
ALTER TABLE tasks DROP CONSTRAINT ck_tasks_taskkind, ADD CONSTRAINT ck_tasks_taskkind
    CHECK (kind IN ('pay_repasse', 'review_repasse', 'refund', 'dispute', 'offer_renewal', 'cancellation', 'follow_up',
        'call', 'tax_note', 'other'));
ALTER TABLE charges DROP COLUMN by_payer;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
