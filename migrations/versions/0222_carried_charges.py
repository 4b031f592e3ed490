"""Late charges that nobody paid or waived go on the next invoice, as a line of it."""

from alembic import op

revision = "0222"
down_revision = "0221"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE invoices
    ADD COLUMN carried_cents BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT ck_invoices_carried_within CHECK (carried_cents >= 0 AND carried_cents < amount_cents);
ALTER TABLE late_charges
    ADD COLUMN carried_cents BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN carried_to_id BIGINT,
    ADD CONSTRAINT fk_late_charges_carried_to_id_partner_id_customer_id
        FOREIGN KEY (carried_to_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    ADD CONSTRAINT ck_late_charges_carried_somewhere CHECK (
        (carried_cents > 0) = (carried_to_id IS NOT NULL) AND carried_to_id <> invoice_id),
    DROP CONSTRAINT ck_late_charges_not_settled_beyond;
ALTER TABLE late_charges
    ADD CONSTRAINT ck_late_charges_not_settled_beyond CHECK (
        paid_cents >= 0 AND waived_cents >= 0 AND carried_cents >= 0
        AND paid_cents + waived_cents + carried_cents <= late_fee_cents + late_interest_cents);
DROP INDEX ix_late_charges_open;
CREATE INDEX ix_late_charges_open ON late_charges (invoice_id)
    WHERE paid_cents + waived_cents + carried_cents < late_fee_cents + late_interest_cents;
CREATE INDEX ix_late_charges_carried_to_id ON late_charges (carried_to_id) WHERE carried_to_id IS NOT NULL;

CREATE TRIGGER late_charges_carried_once BEFORE UPDATE ON late_charges FOR EACH ROW
    WHEN (OLD.carried_to_id IS NOT NULL
        AND (OLD.carried_to_id, OLD.carried_cents) IS DISTINCT FROM (NEW.carried_to_id, NEW.carried_cents))
    EXECUTE FUNCTION late_charges_frozen();
CREATE FUNCTION invoices_carried_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invoices is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER invoices_carried_frozen BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state <> 'draft' AND OLD.carried_cents IS DISTINCT FROM NEW.carried_cents)
    EXECUTE FUNCTION invoices_carried_frozen();

ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN
    ('issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',
    'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout', 'carried'));
"""

DOWN = """
ALTER TABLE postings DISABLE TRIGGER USER;
UPDATE postings SET kind = 'late_charges' WHERE kind = 'carried';
ALTER TABLE postings ENABLE TRIGGER USER;
ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN
    ('issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',
    'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout'));
DROP TRIGGER invoices_carried_frozen ON invoices;
DROP FUNCTION invoices_carried_frozen();
DROP TRIGGER late_charges_carried_once ON late_charges;
DROP INDEX ix_late_charges_carried_to_id;
DROP INDEX ix_late_charges_open;
ALTER TABLE late_charges DROP CONSTRAINT ck_late_charges_not_settled_beyond;
ALTER TABLE late_charges DISABLE TRIGGER USER;
UPDATE late_charges SET waived_cents = waived_cents + carried_cents,
    waive_reason = CASE WHEN waive_reason = '' THEN 'Levado à fatura seguinte.' ELSE waive_reason END
WHERE carried_cents > 0;
ALTER TABLE late_charges ENABLE TRIGGER USER;
ALTER TABLE late_charges DROP COLUMN carried_to_id, DROP COLUMN carried_cents;
ALTER TABLE late_charges
    ADD CONSTRAINT ck_late_charges_not_settled_beyond CHECK (
        paid_cents >= 0 AND waived_cents >= 0
        AND paid_cents + waived_cents <= late_fee_cents + late_interest_cents);
CREATE INDEX ix_late_charges_open ON late_charges (invoice_id)
    WHERE paid_cents + waived_cents < late_fee_cents + late_interest_cents;
ALTER TABLE invoices DROP COLUMN carried_cents;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
