"""What a boleto has its bank charge for lateness stands with the boleto, as the bank was told.

Those that are out told the bank nothing: they ask for their amount alone.
"""

from alembic import op

revision = "0640"
down_revision = "0610"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE boletos
    ADD COLUMN late_fee_basis_points BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN late_interest_basis_points BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN charges_cents BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_boletos_late_rates_lawful CHECK (
        late_fee_basis_points BETWEEN 0 AND 200 AND late_interest_basis_points BETWEEN 0 AND 100),
    ADD CONSTRAINT ck_boletos_charges_within CHECK (charges_cents >= 0 AND charges_cents < amount_cents);
CREATE TRIGGER boletos_charges_frozen BEFORE UPDATE ON boletos FOR EACH ROW
    WHEN ((OLD.late_fee_basis_points, OLD.late_interest_basis_points, OLD.charges_cents)
        IS DISTINCT FROM (NEW.late_fee_basis_points, NEW.late_interest_basis_points, NEW.charges_cents))
    EXECUTE FUNCTION boletos_frozen();
"""
DOWN = """
DROP TRIGGER boletos_charges_frozen ON boletos;
ALTER TABLE boletos
    DROP COLUMN late_fee_basis_points, DROP COLUMN late_interest_basis_points, DROP COLUMN charges_cents;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
