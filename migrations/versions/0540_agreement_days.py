"""After how many days late an agreement is broken stands in it, as it was signed, whatever the settings become."""

from alembic import op

revision = "0540"
down_revision = "0401"
branch_labels = None
depends_on = None

KEPT = """
DROP TRIGGER agreements_frozen ON agreements;
CREATE TRIGGER agreements_frozen BEFORE UPDATE ON agreements FOR EACH ROW
    WHEN ((OLD.partner_id, OLD.customer_id, OLD.contract_id, OLD.figures_on, OLD.face_cents, OLD.charges_cents,
            OLD.discount_cents, OLD.reason, OLD.made_at, OLD.made_by_id, OLD.made_for{old})
        IS DISTINCT FROM (NEW.partner_id, NEW.customer_id, NEW.contract_id, NEW.figures_on, NEW.face_cents,
            NEW.charges_cents, NEW.discount_cents, NEW.reason, NEW.made_at, NEW.made_by_id, NEW.made_for{new})
        OR (OLD.envelope_id IS NOT NULL AND NEW.envelope_id IS DISTINCT FROM OLD.envelope_id)
        OR (OLD.signed_at IS NOT NULL AND NEW.signed_at IS DISTINCT FROM OLD.signed_at)
        OR (OLD.state IN ('broken', 'withdrawn', 'declined', 'expired') AND NEW.state <> OLD.state))
    EXECUTE FUNCTION agreements_kept();
"""


def upgrade() -> None:
    op.execute(
        """
ALTER TABLE agreements ADD COLUMN entry_days BIGINT, ADD COLUMN part_days BIGINT;
UPDATE agreements SET
    entry_days = coalesce((SELECT value FROM settings WHERE name = 'agreement_entry_days'), 5),
    part_days = coalesce((SELECT value FROM settings WHERE name = 'agreement_broken_days'), 15);
ALTER TABLE agreements
    ALTER COLUMN entry_days SET NOT NULL,
    ALTER COLUMN part_days SET NOT NULL,
    ADD CONSTRAINT ck_agreements_broken_after_days CHECK (entry_days >= 0 AND part_days >= 0);
"""
    )
    op.execute(KEPT.format(old=", OLD.entry_days, OLD.part_days", new=", NEW.entry_days, NEW.part_days"))


def downgrade() -> None:
    op.execute(KEPT.format(old="", new=""))
    op.execute("ALTER TABLE agreements DROP COLUMN entry_days, DROP COLUMN part_days")
