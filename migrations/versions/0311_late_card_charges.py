"""What of a card charge is late fee and interest of the day it was begun."""

from alembic import op

revision = "0311"
down_revision = "0310"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        ALTER TABLE charges ADD COLUMN late_cents BIGINT NOT NULL DEFAULT 0;
        ALTER TABLE charges ALTER COLUMN late_cents DROP DEFAULT,
            ADD CONSTRAINT ck_charges_late_within CHECK (late_cents >= 0 AND late_cents < amount_cents);
        """
    )


def downgrade() -> None:
    op.execute("ALTER TABLE charges DROP COLUMN late_cents")
