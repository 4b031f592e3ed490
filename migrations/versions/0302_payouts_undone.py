"""A payment of repasse that was written down wrongly is undone by a row of its own; its lot is to be paid again."""

from alembic import op

revision = "0302"
down_revision = "0301"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE payout_transfers ADD COLUMN attempt BIGINT NOT NULL DEFAULT 1,
    DROP CONSTRAINT uq_payout_transfers_payout_id,
    ADD CONSTRAINT uq_payout_transfers_payout_id_attempt UNIQUE (payout_id, attempt),
    ADD CONSTRAINT uq_payout_transfers_id_payout_id_partner_id UNIQUE (id, payout_id, partner_id),
    ADD CONSTRAINT ck_payout_transfers_counted CHECK (attempt >= 1);
ALTER TABLE payout_transfers ALTER COLUMN attempt DROP DEFAULT;

CREATE TABLE payout_undoings (
    id BIGSERIAL CONSTRAINT pk_payout_undoings PRIMARY KEY,
    transfer_id BIGINT NOT NULL CONSTRAINT uq_payout_undoings_transfer_id UNIQUE,
    payout_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL CONSTRAINT fk_payout_undoings_partner_id REFERENCES partners (id),
    reason VARCHAR NOT NULL,
    undone_at TIMESTAMP WITH TIME ZONE NOT NULL,
    undone_by_id BIGINT NOT NULL CONSTRAINT fk_payout_undoings_undone_by_id REFERENCES users (id),
    CONSTRAINT fk_payout_undoings_transfer_id_payout_id_partner_id FOREIGN KEY (transfer_id, payout_id, partner_id)
        REFERENCES payout_transfers (id, payout_id, partner_id),
    CONSTRAINT ck_payout_undoings_says_why CHECK (reason <> '')
);
CREATE INDEX ix_payout_undoings_payout_id ON payout_undoings (payout_id);
CREATE TRIGGER payout_undoings_kept BEFORE UPDATE OR DELETE ON payout_undoings
    FOR EACH ROW EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_undoings_no_truncate BEFORE TRUNCATE ON payout_undoings
    FOR EACH STATEMENT EXECUTE FUNCTION payouts_kept();

-- Paid once at a time: the attempt counts those before, and each of them was undone.
CREATE FUNCTION payout_transfers_in_turn() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.attempt <> 1 + (SELECT count(*) FROM payout_transfers JOIN payout_undoings
                ON payout_undoings.transfer_id = payout_transfers.id
            WHERE payout_transfers.payout_id = NEW.payout_id)
        OR EXISTS (SELECT FROM payout_transfers WHERE payout_id = NEW.payout_id AND NOT EXISTS (
            SELECT FROM payout_undoings WHERE payout_undoings.transfer_id = payout_transfers.id)) THEN
        RAISE EXCEPTION 'a lot is paid once' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payout_transfers_in_turn BEFORE INSERT ON payout_transfers
    FOR EACH ROW EXECUTE FUNCTION payout_transfers_in_turn();

ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN
    ('issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',
    'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout', 'payout_undone', 'carried',
    'returned'));

CREATE FUNCTION is_invoice_settling(of_invoice bigint) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT EXISTS (SELECT FROM boletos WHERE invoice_id = of_invoice AND state = 'paid_unsettled')
$$;
"""

# What was undone has no place before: its payments go, with what was booked of them.
DOWN = """
DROP FUNCTION is_invoice_settling(bigint);
ALTER TABLE postings DISABLE TRIGGER USER;
UPDATE postings SET kind = 'payout' WHERE kind = 'payout_undone';
ALTER TABLE postings ENABLE TRIGGER USER;
ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN
    ('issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',
    'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout', 'carried', 'returned'));
DROP TRIGGER payout_transfers_in_turn ON payout_transfers;
DROP FUNCTION payout_transfers_in_turn();
CREATE TEMPORARY TABLE undone_transfers ON COMMIT DROP AS SELECT transfer_id FROM payout_undoings;
DROP TABLE payout_undoings;
ALTER TABLE payout_transfers DISABLE TRIGGER USER;
DELETE FROM payout_transfers WHERE id IN (SELECT transfer_id FROM undone_transfers);
ALTER TABLE payout_transfers ENABLE TRIGGER USER;
ALTER TABLE payout_transfers
    DROP CONSTRAINT uq_payout_transfers_payout_id_attempt,
    DROP CONSTRAINT uq_payout_transfers_id_payout_id_partner_id,
    DROP CONSTRAINT ck_payout_transfers_counted,
    DROP COLUMN attempt,
    ADD CONSTRAINT uq_payout_transfers_payout_id UNIQUE (payout_id);
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
