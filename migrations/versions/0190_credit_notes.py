"""Credit notes: what of an issued invoice is taken back, by whom and why; credit of payers that comes of one."""

from alembic import op

revision = "0190"
down_revision = "0182"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE credit_notes (
    id BIGSERIAL NOT NULL,
    number BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL,
    cancels_invoice BOOLEAN NOT NULL,
    reason VARCHAR NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    issued_by_id BIGINT NOT NULL,
    CONSTRAINT pk_credit_notes PRIMARY KEY (id),
    CONSTRAINT fk_credit_notes_invoice_id_partner_id_customer_id FOREIGN KEY(invoice_id, partner_id, customer_id)
        REFERENCES invoices (id, partner_id, customer_id),
    CONSTRAINT fk_credit_notes_partner_id FOREIGN KEY(partner_id) REFERENCES partners (id),
    CONSTRAINT fk_credit_notes_issued_by_id FOREIGN KEY(issued_by_id) REFERENCES users (id),
    CONSTRAINT uq_credit_notes_number UNIQUE (number),
    CONSTRAINT uq_credit_notes_id_partner_id UNIQUE (id, partner_id),
    CONSTRAINT ck_credit_notes_numbered_from_one CHECK (number >= 1),
    CONSTRAINT ck_credit_notes_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_credit_notes_says_why CHECK (reason <> '')
);
CREATE INDEX ix_credit_notes_invoice_id ON credit_notes (invoice_id);
CREATE UNIQUE INDEX uq_credit_notes_canceled_once ON credit_notes (invoice_id) WHERE cancels_invoice;

CREATE FUNCTION credit_notes_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'credit_notes is append-only' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER credit_notes_frozen BEFORE UPDATE OR DELETE ON credit_notes
    FOR EACH ROW EXECUTE FUNCTION credit_notes_frozen();
CREATE TRIGGER credit_notes_no_truncate BEFORE TRUNCATE ON credit_notes
    FOR EACH STATEMENT EXECUTE FUNCTION credit_notes_frozen();

-- The invoice's row is the lock: of two notes at once the second sees the first.
CREATE FUNCTION credit_notes_within_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    invoice invoices%ROWTYPE;
BEGIN
    SELECT * INTO invoice FROM invoices WHERE id = NEW.invoice_id FOR UPDATE;
    IF invoice.number IS NULL OR invoice.state NOT IN ('open', 'paid') THEN
        RAISE EXCEPTION 'a credit note is of an invoice that is open or paid'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.amount_cents + (SELECT coalesce(sum(amount_cents), 0) FROM credit_notes WHERE invoice_id = NEW.invoice_id)
        > invoice.amount_cents THEN
        RAISE EXCEPTION 'credit notes are not more than their invoice'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER credit_notes_within_invoice BEFORE INSERT ON credit_notes
    FOR EACH ROW EXECUTE FUNCTION credit_notes_within_invoice();

ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN
    ('issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',
    'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout'));

ALTER TABLE customer_credits
    ADD COLUMN credit_note_id BIGINT,
    DROP CONSTRAINT ck_customer_credits_one_cause,
    DROP CONSTRAINT ck_customer_credits_creditreason;
ALTER TABLE customer_credits
    ADD CONSTRAINT ck_customer_credits_one_cause CHECK (num_nonnulls(payment_id, invoice_id, credit_note_id) = 1),
    ADD CONSTRAINT ck_customer_credits_creditreason
        CHECK (reason IN ('already_paid', 'voided', 'by_finance', 'excess', 'credit_note')),
    ADD CONSTRAINT uq_customer_credits_credit_note_id UNIQUE (credit_note_id),
    ADD CONSTRAINT fk_customer_credits_credit_note_id_partner_id FOREIGN KEY(credit_note_id, partner_id)
        REFERENCES credit_notes (id, partner_id);

CREATE OR REPLACE FUNCTION customer_credits_of_the_payer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    cause bigint;
BEGIN
    cause := coalesce(NEW.invoice_id,
        (SELECT credit_notes.invoice_id FROM credit_notes WHERE credit_notes.id = NEW.credit_note_id),
        (SELECT payments.invoice_id FROM payments WHERE payments.id = NEW.payment_id));
    IF cause IS NOT NULL AND NOT is_payer_of(cause, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'credit is of who owed the invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
"""

# What came of credit notes has no place without them.
DOWN = """
CREATE OR REPLACE FUNCTION customer_credits_of_the_payer()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
DECLARE cause bigint;
BEGIN
    cause := COALESCE(NEW.invoice_id,
        (SELECT payments.invoice_id FROM payments WHERE payments.id = NEW.payment_id));
    IF cause IS NOT NULL AND NOT is_payer_of(cause, NEW.partner_id, NEW.customer_id) THEN
        RAISE EXCEPTION 'credit is of who owed the invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $function$;
ALTER TABLE customer_credits DISABLE TRIGGER USER;
DELETE FROM customer_credits WHERE credit_note_id IS NOT NULL;
ALTER TABLE customer_credits ENABLE TRIGGER USER;
ALTER TABLE customer_credits
    DROP CONSTRAINT ck_customer_credits_creditreason,
    DROP CONSTRAINT ck_customer_credits_one_cause,
    DROP COLUMN credit_note_id;
ALTER TABLE customer_credits
    ADD CONSTRAINT ck_customer_credits_one_cause CHECK ((payment_id IS NULL) <> (invoice_id IS NULL)),
    ADD CONSTRAINT ck_customer_credits_creditreason
        CHECK (reason IN ('already_paid', 'voided', 'by_finance', 'excess'));
ALTER TABLE postings DISABLE TRIGGER USER;
DELETE FROM postings WHERE kind = 'credit_note';
ALTER TABLE postings ENABLE TRIGGER USER;
ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind
    CHECK (kind IN ('issued', 'voided', 'paid', 'credited', 'parked', 'resolved', 'fee', 'repasse',
        'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout'));
DROP TABLE credit_notes;
DROP FUNCTION credit_notes_within_invoice();
DROP FUNCTION credit_notes_frozen();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
