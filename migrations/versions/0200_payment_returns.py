"""Money that went back of a payment: what it was of, the coverage, charges and credit it takes with it."""

from alembic import op

revision = "0200"
down_revision = "0210"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE payment_returns (
    id BIGSERIAL NOT NULL,
    payment_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT,
    cause VARCHAR NOT NULL,
    cause_key VARCHAR NOT NULL,
    amount_cents BIGINT NOT NULL,
    credit_cents BIGINT NOT NULL,
    surplus_cents BIGINT NOT NULL,
    charges_cents BIGINT NOT NULL,
    face_cents BIGINT NOT NULL,
    short_cents BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    returned_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT,
    CONSTRAINT pk_payment_returns PRIMARY KEY (id),
    CONSTRAINT fk_payment_returns_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id),
    CONSTRAINT fk_payment_returns_invoice_id_partner_id FOREIGN KEY(invoice_id, partner_id)
        REFERENCES invoices (id, partner_id),
    CONSTRAINT fk_payment_returns_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id)
        REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT fk_payment_returns_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_payment_returns_recorded_by_id FOREIGN KEY(recorded_by_id) REFERENCES users (id),
    CONSTRAINT uq_payment_returns_payment_id_cause_key UNIQUE (payment_id, cause_key),
    CONSTRAINT ck_payment_returns_returncause
        CHECK (cause IN ('refund', 'dispute', 'undone', 'pix_returned')),
    CONSTRAINT ck_payment_returns_adds_up CHECK (amount_cents > 0 AND credit_cents >= 0 AND surplus_cents >= 0
        AND charges_cents >= 0 AND face_cents >= 0 AND short_cents >= 0
        AND amount_cents = credit_cents + surplus_cents + charges_cents + face_cents),
    CONSTRAINT ck_payment_returns_says_why CHECK (reason <> '' AND cause_key <> '')
);
CREATE INDEX ix_payment_returns_invoice_id ON payment_returns (invoice_id);
CREATE INDEX ix_payment_returns_returned_at ON payment_returns (returned_at);

CREATE TABLE credit_returns (
    id BIGSERIAL NOT NULL,
    return_id BIGINT NOT NULL,
    credit_id BIGINT NOT NULL,
    credit_use_id BIGINT,
    amount_cents BIGINT NOT NULL,
    CONSTRAINT pk_credit_returns PRIMARY KEY (id),
    CONSTRAINT fk_credit_returns_return_id FOREIGN KEY(return_id) REFERENCES payment_returns (id),
    CONSTRAINT fk_credit_returns_credit_id FOREIGN KEY(credit_id) REFERENCES customer_credits (id),
    CONSTRAINT fk_credit_returns_credit_use_id FOREIGN KEY(credit_use_id) REFERENCES credit_uses (id),
    CONSTRAINT ck_credit_returns_amount_positive CHECK (amount_cents > 0)
);
CREATE INDEX ix_credit_returns_return_id ON credit_returns (return_id);
CREATE INDEX ix_credit_returns_credit_id ON credit_returns (credit_id);
CREATE INDEX ix_credit_returns_credit_use_id ON credit_returns (credit_use_id);

CREATE FUNCTION payment_returns_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER payment_returns_kept BEFORE UPDATE OR DELETE ON payment_returns
    FOR EACH ROW EXECUTE FUNCTION payment_returns_kept();
CREATE TRIGGER payment_returns_no_truncate BEFORE TRUNCATE ON payment_returns
    FOR EACH STATEMENT EXECUTE FUNCTION payment_returns_kept();
CREATE TRIGGER credit_returns_kept BEFORE UPDATE OR DELETE ON credit_returns
    FOR EACH ROW EXECUTE FUNCTION payment_returns_kept();
CREATE TRIGGER credit_returns_no_truncate BEFORE TRUNCATE ON credit_returns
    FOR EACH STATEMENT EXECUTE FUNCTION payment_returns_kept();

-- The payment's row is the lock: of a refund and a dispute at once the second sees the first.
CREATE FUNCTION payment_returns_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payment payments%ROWTYPE;
BEGIN
    SELECT * INTO payment FROM payments WHERE id = NEW.payment_id FOR UPDATE;
    IF payment.outcome NOT IN ('settled', 'credited')
        OR (payment.invoice_id, payment.partner_id, payment.customer_id)
            IS DISTINCT FROM (NEW.invoice_id, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'what goes back is of its payment' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.amount_cents + (SELECT coalesce(sum(amount_cents), 0) FROM payment_returns
            WHERE payment_id = NEW.payment_id) > payment.amount_cents THEN
        RAISE EXCEPTION 'more goes back than came in' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_returns_within BEFORE INSERT ON payment_returns
    FOR EACH ROW EXECUTE FUNCTION payment_returns_within();

CREATE FUNCTION credit_returns_within() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    credit customer_credits%ROWTYPE;
    use credit_uses%ROWTYPE;
    owner payment_returns%ROWTYPE;
BEGIN
    SELECT * INTO credit FROM customer_credits WHERE id = NEW.credit_id FOR UPDATE;
    SELECT * INTO owner FROM payment_returns WHERE id = NEW.return_id;
    IF (credit.partner_id, credit.customer_id) IS DISTINCT FROM (owner.partner_id, owner.customer_id)
        OR NEW.amount_cents + (SELECT coalesce(sum(amount_cents), 0) FROM credit_returns
            WHERE return_id = NEW.return_id) > owner.credit_cents THEN
        RAISE EXCEPTION 'credit that went back is of its return' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.credit_use_id IS NULL THEN
        IF NEW.amount_cents + (SELECT coalesce(sum(amount_cents), 0) FROM credit_uses WHERE credit_id = NEW.credit_id)
            + (SELECT coalesce(sum(amount_cents), 0) FROM credit_returns
                WHERE credit_id = NEW.credit_id AND credit_use_id IS NULL) > credit.amount_cents THEN
            RAISE EXCEPTION 'more than the credit' USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    SELECT * INTO use FROM credit_uses WHERE id = NEW.credit_use_id;
    IF use.credit_id <> NEW.credit_id OR NEW.amount_cents + (SELECT coalesce(sum(amount_cents), 0)
            FROM credit_returns WHERE credit_use_id = NEW.credit_use_id) > use.amount_cents THEN
        RAISE EXCEPTION 'more than the use of the credit' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_returns_within BEFORE INSERT ON credit_returns
    FOR EACH ROW EXECUTE FUNCTION credit_returns_within();

CREATE OR REPLACE FUNCTION credit_uses_of_the_payer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    credit customer_credits;
BEGIN
    SELECT * INTO credit FROM customer_credits WHERE id = NEW.credit_id FOR UPDATE;
    IF NOT is_payer_of(NEW.invoice_id, credit.partner_id, credit.customer_id) THEN
        RAISE EXCEPTION 'credit of another payer' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (SELECT coalesce(sum(amount_cents), 0) FROM credit_uses WHERE credit_id = NEW.credit_id)
            + (SELECT coalesce(sum(amount_cents), 0) FROM credit_returns
                WHERE credit_id = NEW.credit_id AND credit_use_id IS NULL)
            + NEW.amount_cents > credit.amount_cents THEN
        RAISE EXCEPTION 'more than the credit' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;

ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN
    ('issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',
    'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout', 'carried', 'returned'));

-- What is paid of an invoice shrinks only to what the ledger says.
CREATE OR REPLACE FUNCTION invoices_paid_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.paid_cents < OLD.paid_cents AND NEW.paid_cents <> (
        SELECT coalesce(sum(CASE WHEN credit_account = 'receivable' AND kind <> 'voided' THEN amount_cents
            WHEN debit_account = 'receivable' AND kind = 'returned' THEN -amount_cents ELSE 0 END), 0)
        FROM postings WHERE invoice_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'what was paid of an invoice shrinks by what went back only'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TRIGGER invoices_settled ON invoices;
CREATE TRIGGER invoices_settled BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state IN ('paid', 'void')
        AND (OLD.state, OLD.paid_cents, OLD.paid_at, OLD.voided_at, OLD.void_reason)
            IS DISTINCT FROM (NEW.state, NEW.paid_cents, NEW.paid_at, NEW.voided_at, NEW.void_reason)
        AND NOT (OLD.state = 'paid' AND NEW.state = 'open' AND NEW.paid_cents < OLD.paid_cents))
    EXECUTE FUNCTION invoices_settled();

ALTER TABLE late_charges
    ADD COLUMN returned_cents BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN dropped_cents BIGINT NOT NULL DEFAULT 0,
    DROP CONSTRAINT ck_late_charges_not_settled_beyond;
ALTER TABLE late_charges
    ALTER COLUMN returned_cents DROP DEFAULT,
    ALTER COLUMN dropped_cents DROP DEFAULT,
    ADD CONSTRAINT ck_late_charges_not_settled_beyond CHECK (
        paid_cents >= 0 AND waived_cents >= 0 AND carried_cents >= 0 AND dropped_cents >= 0
        AND returned_cents BETWEEN 0 AND paid_cents
        AND paid_cents - returned_cents + waived_cents + carried_cents + dropped_cents
            <= late_fee_cents + late_interest_cents);
DROP INDEX ix_late_charges_open;
CREATE INDEX ix_late_charges_open ON late_charges (invoice_id)
    WHERE paid_cents - returned_cents + waived_cents + carried_cents + dropped_cents
        < late_fee_cents + late_interest_cents;
CREATE TRIGGER late_charges_returned BEFORE UPDATE ON late_charges FOR EACH ROW
    WHEN (NEW.returned_cents < OLD.returned_cents OR NEW.dropped_cents < OLD.dropped_cents)
    EXECUTE FUNCTION late_charges_frozen();

ALTER TABLE coverages
    ADD COLUMN taken_back_at TIMESTAMP WITH TIME ZONE,
    DROP CONSTRAINT uq_coverages_contract_id_number;
CREATE UNIQUE INDEX uq_coverages_contract_id_number ON coverages (contract_id, number) WHERE taken_back_at IS NULL;
DROP TRIGGER coverages_no_update ON coverages;
CREATE TRIGGER coverages_no_update BEFORE UPDATE ON coverages FOR EACH ROW
    WHEN (OLD.taken_back_at IS NOT NULL OR NEW.taken_back_at IS NULL
        OR (OLD.id, OLD.contract_id, OLD.partner_id, OLD.customer_id, OLD.number, OLD.covers_from, OLD.covers_until,
            OLD.grace_until, OLD.payment_key, OLD.created_at, OLD.after_suspension)
        IS DISTINCT FROM (NEW.id, NEW.contract_id, NEW.partner_id, NEW.customer_id, NEW.number, NEW.covers_from,
            NEW.covers_until, NEW.grace_until, NEW.payment_key, NEW.created_at, NEW.after_suspension))
    EXECUTE FUNCTION coverages_no_update();

ALTER TABLE repasse_reversals
    DROP CONSTRAINT ck_repasse_reversals_reversalcause,
    DROP CONSTRAINT ck_repasse_reversals_takes_back;
ALTER TABLE repasse_reversals
    ADD CONSTRAINT ck_repasse_reversals_reversalcause
        CHECK (cause IN ('refund', 'dispute', 'undone', 'credit_note', 'restored', 'repaid')),
    ADD CONSTRAINT ck_repasse_reversals_takes_back
        CHECK ((cause IN ('restored', 'repaid')) = (restores_id IS NOT NULL)
            AND CASE WHEN restores_id IS NULL THEN paid_cents < 0 ELSE paid_cents > 0 END);
"""

# What went back has no place before: its rows go, and what it opened again stays as it is.
DOWN = """
ALTER TABLE repasse_reversals DISABLE TRIGGER USER;
UPDATE repasse_reversals SET cause = 'restored' WHERE cause = 'repaid';
UPDATE repasse_reversals SET cause = 'refund' WHERE cause IN ('undone', 'credit_note');
ALTER TABLE repasse_reversals ENABLE TRIGGER USER;
ALTER TABLE repasse_reversals
    DROP CONSTRAINT ck_repasse_reversals_reversalcause,
    DROP CONSTRAINT ck_repasse_reversals_takes_back;
ALTER TABLE repasse_reversals
    ADD CONSTRAINT ck_repasse_reversals_reversalcause CHECK (cause IN ('refund', 'dispute', 'restored')),
    ADD CONSTRAINT ck_repasse_reversals_takes_back CHECK ((cause = 'restored') = (restores_id IS NOT NULL)
        AND CASE WHEN restores_id IS NULL THEN paid_cents < 0 ELSE paid_cents > 0 END);

DROP TRIGGER coverages_no_update ON coverages;
ALTER TABLE coverages DISABLE TRIGGER USER;
DELETE FROM coverages WHERE taken_back_at IS NOT NULL;
ALTER TABLE coverages ENABLE TRIGGER USER;
DROP INDEX uq_coverages_contract_id_number;
ALTER TABLE coverages
    DROP COLUMN taken_back_at,
    ADD CONSTRAINT uq_coverages_contract_id_number UNIQUE (contract_id, number);
CREATE TRIGGER coverages_no_update BEFORE UPDATE ON coverages FOR EACH ROW EXECUTE FUNCTION coverages_no_update();

DROP TRIGGER late_charges_returned ON late_charges;
DROP INDEX ix_late_charges_open;
ALTER TABLE late_charges DISABLE TRIGGER USER;
UPDATE late_charges SET paid_cents = paid_cents - returned_cents;
UPDATE late_charges SET waived_cents = waived_cents + dropped_cents,
    waive_reason = CASE WHEN waive_reason = '' THEN 'Pagamento devolvido.' ELSE waive_reason END
    WHERE dropped_cents > 0;
ALTER TABLE late_charges ENABLE TRIGGER USER;
ALTER TABLE late_charges
    DROP CONSTRAINT ck_late_charges_not_settled_beyond,
    DROP COLUMN returned_cents,
    DROP COLUMN dropped_cents;
ALTER TABLE late_charges
    ADD CONSTRAINT ck_late_charges_not_settled_beyond CHECK (
        paid_cents >= 0 AND waived_cents >= 0 AND carried_cents >= 0
        AND paid_cents + waived_cents + carried_cents <= late_fee_cents + late_interest_cents);
CREATE INDEX ix_late_charges_open ON late_charges (invoice_id)
    WHERE paid_cents + waived_cents + carried_cents < late_fee_cents + late_interest_cents;

DROP TRIGGER invoices_settled ON invoices;
CREATE TRIGGER invoices_settled BEFORE UPDATE ON invoices FOR EACH ROW WHEN ((((old.state)::text = ANY
    ((ARRAY['paid'::character varying, 'void'::character varying])::text[])) AND (((old.number)::text IS
    DISTINCT FROM (new.number)::text) OR ((old.contract_id)::text IS DISTINCT FROM (new.contract_id)::text)
    OR ((old.partner_id)::text IS DISTINCT FROM (new.partner_id)::text) OR ((old.customer_id)::text IS
    DISTINCT FROM (new.customer_id)::text) OR ((old.kind)::text IS DISTINCT FROM (new.kind)::text) OR
    ((old.billed_to)::text IS DISTINCT FROM (new.billed_to)::text) OR ((old.payer_name)::text IS DISTINCT
    FROM (new.payer_name)::text) OR ((old.payer_document)::text IS DISTINCT FROM (new.payer_document)::text)
    OR ((old.payment_method)::text IS DISTINCT FROM (new.payment_method)::text) OR
    ((old.installment_number)::text IS DISTINCT FROM (new.installment_number)::text) OR
    ((old.due_month)::text IS DISTINCT FROM (new.due_month)::text) OR ((old.due_on)::text IS DISTINCT FROM
    (new.due_on)::text) OR ((old.period_from)::text IS DISTINCT FROM (new.period_from)::text) OR
    ((old.period_until)::text IS DISTINCT FROM (new.period_until)::text) OR ((old.amount_cents)::text IS
    DISTINCT FROM (new.amount_cents)::text) OR ((old.currency)::text IS DISTINCT FROM (new.currency)::text)
    OR ((old.explanation)::text IS DISTINCT FROM (new.explanation)::text) OR ((old.created_at)::text IS
    DISTINCT FROM (new.created_at)::text) OR ((old.issued_at)::text IS DISTINCT FROM (new.issued_at)::text)
    OR ((old.state)::text IS DISTINCT FROM (new.state)::text) OR ((old.paid_cents)::text IS DISTINCT FROM
    (new.paid_cents)::text) OR ((old.paid_at)::text IS DISTINCT FROM (new.paid_at)::text) OR
    ((old.voided_at)::text IS DISTINCT FROM (new.voided_at)::text) OR ((old.void_reason)::text IS DISTINCT
    FROM (new.void_reason)::text)))) EXECUTE FUNCTION invoices_settled();
CREATE OR REPLACE FUNCTION invoices_paid_back()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$ BEGIN IF NEW.paid_cents < OLD.paid_cents THEN RAISE EXCEPTION 'what was paid of an invoice never shrinks' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $function$;

ALTER TABLE postings DISABLE TRIGGER USER;
DELETE FROM postings WHERE kind = 'returned';
ALTER TABLE postings ENABLE TRIGGER USER;
ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN
    ('issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',
    'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout', 'carried'));

CREATE OR REPLACE FUNCTION credit_uses_of_the_payer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    credit customer_credits;
BEGIN
    SELECT * INTO credit FROM customer_credits WHERE id = NEW.credit_id FOR UPDATE;
    IF NOT is_payer_of(NEW.invoice_id, credit.partner_id, credit.customer_id) THEN
        RAISE EXCEPTION 'credit of another payer' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (SELECT coalesce(sum(amount_cents), 0) FROM credit_uses WHERE credit_id = NEW.credit_id)
            + NEW.amount_cents > credit.amount_cents THEN
        RAISE EXCEPTION 'more than the credit' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
DROP TABLE credit_returns;
DROP TABLE payment_returns;
DROP FUNCTION credit_returns_within();
DROP FUNCTION payment_returns_within();
DROP FUNCTION payment_returns_kept();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
