"""Open invoices that finance gives up as uncollectible, with who, when and why; undone once, or paid all the same.

An invoice becomes uncollectible only from open, past its due date, of a contract that is over or suspended, and
while a row says so; it leaves that state only after the row has ended.

And months that finance gives away: payments that are never asked for, whose time is released all the same.
"""

from alembic import op

revision = "0610"
down_revision = "0600"
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

CREATE TABLE free_months (
    id BIGSERIAL CONSTRAINT pk_free_months PRIMARY KEY,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    starts_on DATE NOT NULL,
    ends_on DATE NOT NULL,
    grace_until DATE NOT NULL,
    reason VARCHAR NOT NULL,
    granted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    granted_by_id BIGINT NOT NULL CONSTRAINT fk_free_months_granted_by_id REFERENCES users (id),
    CONSTRAINT fk_free_months_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES subscriptions (contract_id, partner_id, customer_id),
    CONSTRAINT uq_free_months_contract_id_number UNIQUE (contract_id, number),
    CONSTRAINT ck_free_months_after_the_first CHECK (number >= 2),
    CONSTRAINT ck_free_months_of_days CHECK (ends_on >= starts_on AND grace_until >= ends_on),
    CONSTRAINT ck_free_months_says_why CHECK (reason <> '')
);
CREATE INDEX ix_free_months_customer_id_starts_on ON free_months (customer_id, starts_on);
CREATE INDEX ix_free_months_starts_on_ends_on ON free_months (starts_on, ends_on);

CREATE FUNCTION free_months_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a free month stays as it was granted' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER free_months_kept BEFORE UPDATE OR DELETE ON free_months
    FOR EACH ROW EXECUTE FUNCTION free_months_kept();
CREATE TRIGGER free_months_no_truncate BEFORE TRUNCATE ON free_months
    FOR EACH STATEMENT EXECUTE FUNCTION free_months_kept();

CREATE FUNCTION free_months_not_billed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.number < (SELECT next_number FROM subscriptions WHERE contract_id = NEW.contract_id) THEN
        RAISE EXCEPTION 'this month is billed already' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER free_months_not_billed BEFORE INSERT ON free_months
    FOR EACH ROW EXECUTE FUNCTION free_months_not_billed();

-- One query a statement: a run inserts invoices by the thousand, and free months are few.
CREATE FUNCTION invoices_not_of_free_months() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM free_months JOIN written
            ON written.contract_id = free_months.contract_id AND written.installment_number = free_months.number
    ) THEN
        RAISE EXCEPTION 'this month is free' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER invoices_not_of_free_months AFTER INSERT ON invoices
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION invoices_not_of_free_months();

-- An amendment may go on in a free month of the contract before it, under a number of its own.
CREATE FUNCTION coverages_of_an_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM free_months
        WHERE NEW.payment_key = 'offer:' || id AND customer_id = NEW.customer_id
            AND (contract_id <> NEW.contract_id
                OR (number, starts_on, ends_on) = (NEW.number, NEW.covers_from, NEW.covers_until))) THEN
        RAISE EXCEPTION 'nobody gave this month away' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER coverages_of_an_offer BEFORE INSERT ON coverages FOR EACH ROW
    WHEN (starts_with(NEW.payment_key, 'offer:')) EXECUTE FUNCTION coverages_of_an_offer();
"""

DOWN = """
DROP TRIGGER coverages_of_an_offer ON coverages;
DROP FUNCTION coverages_of_an_offer();
DROP TRIGGER invoices_not_of_free_months ON invoices;
DROP FUNCTION invoices_not_of_free_months();
DROP TABLE free_months;
DROP FUNCTION free_months_not_billed();
DROP FUNCTION free_months_kept();
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
