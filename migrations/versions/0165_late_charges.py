"""What lateness adds to an invoice, small differences, and a payer's credit used for later invoices."""

from alembic import op

revision = "0165"
down_revision = "0160"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE late_charges (
    id BIGSERIAL CONSTRAINT pk_late_charges PRIMARY KEY,
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    payment_key VARCHAR NOT NULL,
    base_cents BIGINT NOT NULL,
    days_late BIGINT NOT NULL,
    late_fee_cents BIGINT NOT NULL,
    late_interest_cents BIGINT NOT NULL,
    assessed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    paid_cents BIGINT NOT NULL,
    waived_cents BIGINT NOT NULL,
    waive_reason VARCHAR NOT NULL,
    waived_by_id BIGINT CONSTRAINT fk_late_charges_waived_by_id REFERENCES users (id),
    CONSTRAINT fk_late_charges_invoice_id_partner_id_customer_id FOREIGN KEY (invoice_id, partner_id, customer_id)
        REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT uq_late_charges_invoice_id_payment_key UNIQUE (invoice_id, payment_key),
    CONSTRAINT ck_late_charges_amounts_sane CHECK (
        base_cents > 0 AND days_late > 0 AND late_fee_cents >= 0 AND late_interest_cents >= 0),
    CONSTRAINT ck_late_charges_not_settled_beyond CHECK (
        paid_cents >= 0 AND waived_cents >= 0
        AND paid_cents + waived_cents <= late_fee_cents + late_interest_cents),
    CONSTRAINT ck_late_charges_waived_with_reason CHECK ((waived_cents > 0) = (waive_reason <> ''))
);
CREATE INDEX ix_late_charges_open ON late_charges (invoice_id)
    WHERE paid_cents + waived_cents < late_fee_cents + late_interest_cents;

CREATE FUNCTION late_charges_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'late_charges is frozen' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER late_charges_frozen BEFORE UPDATE ON late_charges FOR EACH ROW
    WHEN ((OLD.invoice_id, OLD.partner_id, OLD.customer_id, OLD.payment_key, OLD.base_cents, OLD.days_late,
            OLD.late_fee_cents, OLD.late_interest_cents, OLD.assessed_at)
        IS DISTINCT FROM (NEW.invoice_id, NEW.partner_id, NEW.customer_id, NEW.payment_key, NEW.base_cents,
            NEW.days_late, NEW.late_fee_cents, NEW.late_interest_cents, NEW.assessed_at)
        OR NEW.paid_cents < OLD.paid_cents OR NEW.waived_cents < OLD.waived_cents)
    EXECUTE FUNCTION late_charges_frozen();
CREATE TRIGGER late_charges_no_delete BEFORE DELETE ON late_charges FOR EACH ROW
    EXECUTE FUNCTION late_charges_frozen();
CREATE TRIGGER late_charges_no_truncate BEFORE TRUNCATE ON late_charges FOR EACH STATEMENT
    EXECUTE FUNCTION late_charges_frozen();

CREATE TABLE credit_uses (
    id BIGSERIAL CONSTRAINT pk_credit_uses PRIMARY KEY,
    credit_id BIGINT NOT NULL CONSTRAINT fk_credit_uses_credit_id REFERENCES customer_credits (id),
    invoice_id BIGINT NOT NULL CONSTRAINT fk_credit_uses_invoice_id REFERENCES invoices (id),
    amount_cents BIGINT NOT NULL CONSTRAINT ck_credit_uses_amount_positive CHECK (amount_cents > 0),
    used_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT uq_credit_uses_credit_id_invoice_id UNIQUE (credit_id, invoice_id)
);
CREATE INDEX ix_credit_uses_invoice_id ON credit_uses (invoice_id);
CREATE FUNCTION credit_uses_of_the_payer() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER credit_uses_of_the_payer BEFORE INSERT ON credit_uses FOR EACH ROW
    EXECUTE FUNCTION credit_uses_of_the_payer();
CREATE FUNCTION credit_uses_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'credit_uses is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER credit_uses_no_update BEFORE UPDATE ON credit_uses FOR EACH ROW
    EXECUTE FUNCTION credit_uses_append_only();
CREATE TRIGGER credit_uses_no_delete BEFORE DELETE ON credit_uses FOR EACH ROW
    EXECUTE FUNCTION credit_uses_append_only();
CREATE TRIGGER credit_uses_no_truncate BEFORE TRUNCATE ON credit_uses FOR EACH STATEMENT
    EXECUTE FUNCTION credit_uses_append_only();

ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN (
    'issued', 'voided', 'paid', 'credited', 'parked', 'resolved', 'fee', 'repasse', 'late_charges', 'adjusted',
    'credit_used'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_debit_account;
ALTER TABLE postings ADD CONSTRAINT ck_postings_debit_account CHECK (debit_account IN (
    'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',
    'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',
    'differences'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_credit_account;
ALTER TABLE postings ADD CONSTRAINT ck_postings_credit_account CHECK (credit_account IN (
    'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',
    'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',
    'differences'));
"""

DOWN = """
ALTER TABLE postings DROP CONSTRAINT ck_postings_credit_account;
ALTER TABLE postings ADD CONSTRAINT ck_postings_credit_account CHECK (credit_account IN (
    'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',
    'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_debit_account;
ALTER TABLE postings ADD CONSTRAINT ck_postings_debit_account CHECK (debit_account IN (
    'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',
    'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN (
    'issued', 'voided', 'paid', 'credited', 'parked', 'resolved', 'fee', 'repasse'));
DROP TABLE credit_uses;
DROP FUNCTION credit_uses_append_only();
DROP FUNCTION credit_uses_of_the_payer();
DROP TABLE late_charges;
DROP FUNCTION late_charges_frozen();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
