"""Paid time that ends before a due date releases the service until that date, as a day of its own (M16)."""

from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE coverages ADD COLUMN grace_until DATE;

-- A first period that was paid by the day was kept with the due date in it.
ALTER TABLE coverages DISABLE TRIGGER USER;
UPDATE coverages SET grace_until = covers_until;
UPDATE coverages SET covers_until = covers_until - 1
    FROM invoices
    WHERE invoices.contract_id = coverages.contract_id AND invoices.kind = 'first_period'
    AND coverages.number = 1 AND coverages.covers_until > coverages.covers_from;
ALTER TABLE coverages ENABLE TRIGGER USER;

ALTER TABLE coverages
    ALTER COLUMN grace_until SET NOT NULL,
    ADD CONSTRAINT ck_coverages_grace_after_cover CHECK (grace_until >= covers_until);

DROP INDEX ix_coverages_customer_id_covers_until;
CREATE INDEX ix_coverages_customer_id_grace_until ON coverages (customer_id, grace_until);
"""

DOWN = """
DROP INDEX ix_coverages_customer_id_grace_until;
ALTER TABLE coverages DISABLE TRIGGER USER;
UPDATE coverages SET covers_until = grace_until;
ALTER TABLE coverages ENABLE TRIGGER USER;
ALTER TABLE coverages DROP COLUMN grace_until;
CREATE INDEX ix_coverages_customer_id_covers_until ON coverages (customer_id, covers_until);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
