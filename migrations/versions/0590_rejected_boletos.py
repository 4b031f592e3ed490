"""When a bank did not take a boleto: kept with it, so that what failed lately is found by that day.

Until now only the log said so.
"""

from alembic import op

revision = "0590"
down_revision = "0570"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE boletos ADD COLUMN rejected_at TIMESTAMP WITH TIME ZONE;
UPDATE boletos SET rejected_at = coalesce((SELECT max(at) FROM log_entries WHERE subject_type = 'boletos'
    AND subject_id = boletos.id AND action = 'boleto_rejected'), issued_at) WHERE state = 'rejected';
ALTER TABLE boletos ADD CONSTRAINT ck_boletos_rejected_at_some_time
    CHECK (state <> 'rejected' OR rejected_at IS NOT NULL);
CREATE INDEX ix_boletos_rejected_at ON boletos (rejected_at) WHERE state = 'rejected';
"""
DOWN = """
ALTER TABLE boletos DROP COLUMN rejected_at;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
