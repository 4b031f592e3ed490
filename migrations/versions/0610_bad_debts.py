"""Open invoices that finance gives up as uncollectible, with who, when and why; undone once, or paid all the same.

An invoice becomes uncollectible only from open, past its due date, of a contract that is over or suspended, and
while a row says so; it leaves that state only after the row has ended.
"""

from alembic import op

revision = "0610"
down_revision = "0570"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE bad_debts (
    id BIGSERIAL CONSTRAINT pk_bad_debts PRIMARY KEY,
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL CONSTRAINT fk_bad_debts_partner_id REFERENCES partners (id),
    customer_id BIGINT NOT NULL,
    open_cents BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    marked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    marked_by_id BIGINT NOT NULL CONSTRAINT fk_bad_debts_marked_by_id REFERENCES users (id),
    ended_at TIMESTAMP WITH TIME ZONE,
    ended_as VARCHAR(40),
    end_reason VARCHAR NOT NULL,
    ended_by_id BIGINT CONSTRAINT fk_bad_debts_ended_by_id REFERENCES users (id),
    CONSTRAINT fk_bad_debts_invoice_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, partner_id, customer_id) REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT ck_bad_debts_owed CHECK (open_cents > 0),
    CONSTRAINT ck_bad_debts_says_why CHECK (reason <> ''),
    CONSTRAINT ck_bad_debts_baddebtend CHECK (ended_as IN ('collected_again', 'paid', 'void')),
    CONSTRAINT ck_bad_debts_ends_somehow CHECK (
        (ended_at IS NULL) = (ended_as IS NULL) AND (ended_at IS NULL OR ended_at >= marked_at)),
    CONSTRAINT ck_bad_debts_collected_again_by_somebody CHECK (
        ended_as IS DISTINCT FROM 'collected_again' OR (end_reason <> '' AND ended_by_id IS NOT NULL))
);
CREATE UNIQUE INDEX uq_bad_debts_running ON bad_debts (invoice_id) WHERE ended_at IS NULL;
CREATE INDEX ix_bad_debts_invoice_id ON bad_debts (invoice_id);

CREATE FUNCTION bad_debts_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a bad debt stays as it was written' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER bad_debts_no_delete BEFORE DELETE ON bad_debts FOR EACH ROW EXECUTE FUNCTION bad_debts_kept();
CREATE TRIGGER bad_debts_no_truncate BEFORE TRUNCATE ON bad_debts
    FOR EACH STATEMENT EXECUTE FUNCTION bad_debts_kept();
CREATE TRIGGER bad_debts_frozen BEFORE UPDATE ON bad_debts FOR EACH ROW
    WHEN (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NULL
        OR (OLD.invoice_id, OLD.partner_id, OLD.customer_id, OLD.open_cents, OLD.reason, OLD.marked_at,
            OLD.marked_by_id)
        IS DISTINCT FROM (NEW.invoice_id, NEW.partner_id, NEW.customer_id, NEW.open_cents, NEW.reason,
            NEW.marked_at, NEW.marked_by_id))
    EXECUTE FUNCTION bad_debts_kept();

CREATE FUNCTION invoices_given_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'open' OR NEW.kind = 'agreement' OR NOT EXISTS (
        SELECT FROM bad_debts WHERE invoice_id = NEW.id AND ended_at IS NULL
            AND NEW.due_on < (marked_at AT TIME ZONE 'America/Sao_Paulo')::date) THEN
        RAISE EXCEPTION 'nobody gave this invoice up' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NOT EXISTS (
        SELECT FROM subscriptions WHERE contract_id = NEW.contract_id
            AND (ended_at IS NOT NULL OR service_state = 'suspended')) THEN
        RAISE EXCEPTION 'an invoice of a contract in service is collected'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoices_given_up BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (NEW.state = 'uncollectible' AND OLD.state <> 'uncollectible')
    EXECUTE FUNCTION invoices_given_up();
CREATE FUNCTION invoices_taken_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state NOT IN ('open', 'paid', 'void') OR EXISTS (
        SELECT FROM bad_debts WHERE invoice_id = NEW.id AND ended_at IS NULL) THEN
        RAISE EXCEPTION 'this invoice is given up' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoices_taken_up BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state = 'uncollectible' AND NEW.state <> 'uncollectible')
    EXECUTE FUNCTION invoices_taken_up();
"""

DOWN = """
DROP TRIGGER invoices_taken_up ON invoices;
DROP FUNCTION invoices_taken_up();
DROP TRIGGER invoices_given_up ON invoices;
DROP FUNCTION invoices_given_up();
UPDATE invoices SET state = 'open' WHERE state = 'uncollectible';
DROP TABLE bad_debts;
DROP FUNCTION bad_debts_kept();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
