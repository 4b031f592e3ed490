"""A TED is one row whoever tells of it: the bank's notice, its statement, or a person; and statements."""

from alembic import op

revision = "0310"
down_revision = "0302"
branch_labels = None
depends_on = None

UP = """
CREATE TABLE ted_credits (
    id BIGSERIAL NOT NULL,
    credited_on DATE NOT NULL,
    amount_cents BIGINT NOT NULL,
    ordinal BIGINT NOT NULL,
    payer_name VARCHAR NOT NULL,
    payer_document VARCHAR NOT NULL,
    text VARCHAR NOT NULL,
    notice_reference VARCHAR,
    statement_reference VARCHAR,
    transfer_id BIGINT,
    payment_id BIGINT,
    doubts_id BIGINT,
    is_same BOOLEAN,
    decided_by_id BIGINT,
    decided_at TIMESTAMP WITH TIME ZONE,
    told_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ted_credits PRIMARY KEY (id),
    CONSTRAINT fk_ted_credits_transfer_id FOREIGN KEY(transfer_id) REFERENCES ted_transfers (id),
    CONSTRAINT fk_ted_credits_payment_id FOREIGN KEY(payment_id) REFERENCES payments (id),
    CONSTRAINT fk_ted_credits_doubts_id FOREIGN KEY(doubts_id) REFERENCES ted_credits (id),
    CONSTRAINT fk_ted_credits_decided_by_id FOREIGN KEY(decided_by_id) REFERENCES users (id),
    CONSTRAINT uq_ted_credits_credited_on_amount_cents_ordinal UNIQUE (credited_on, amount_cents, ordinal),
    CONSTRAINT uq_ted_credits_notice_reference UNIQUE (notice_reference),
    CONSTRAINT uq_ted_credits_statement_reference UNIQUE (statement_reference),
    CONSTRAINT uq_ted_credits_transfer_id UNIQUE (transfer_id),
    CONSTRAINT uq_ted_credits_payment_id UNIQUE (payment_id),
    CONSTRAINT ck_ted_credits_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_ted_credits_counted_from_one CHECK (ordinal >= 1),
    CONSTRAINT ck_ted_credits_told_by_somebody
        CHECK (num_nonnulls(notice_reference, statement_reference, transfer_id) >= 1),
    CONSTRAINT ck_ted_credits_decided_by_somebody CHECK (num_nonnulls(is_same, decided_by_id, decided_at) IN (0, 3)
        AND (is_same IS NULL OR doubts_id IS NOT NULL)),
    CONSTRAINT ck_ted_credits_doubted_is_not_booked
        CHECK (doubts_id IS NULL OR is_same IS FALSE OR num_nonnulls(transfer_id, payment_id) = 0)
);
CREATE INDEX ix_ted_credits_doubts_id ON ted_credits (doubts_id) WHERE doubts_id IS NOT NULL;
CREATE UNIQUE INDEX uq_ted_credits_same_once ON ted_credits (doubts_id) WHERE is_same;

-- What is known already: each payment by TED, and each TED of which the bank told and finance did not decide yet.
INSERT INTO ted_credits (credited_on, amount_cents, ordinal, payer_name, payer_document, text, notice_reference,
    transfer_id, payment_id, told_at)
SELECT day, amount_cents, row_number() OVER (PARTITION BY day, amount_cents ORDER BY told_at, reference, transfer_id),
    payer_name, payer_document, '', reference, transfer_id, payment_id, told_at
FROM (
    SELECT (payments.paid_at AT TIME ZONE 'America/Sao_Paulo')::date AS day, payments.amount_cents,
        payments.payer_name, payments.payer_document,
        CASE WHEN ted_transfers.id IS NULL THEN payments.external_id ELSE ted_transfers.bank_reference END AS reference,
        ted_transfers.id AS transfer_id, payments.id AS payment_id, payments.received_at AS told_at
    FROM payments LEFT JOIN ted_transfers ON ted_transfers.payment_id = payments.id
    WHERE payments.source = 'ted' AND payments.currency = 'BRL'
    UNION ALL
    SELECT credited_on, amount_cents, payer_name, payer_document, bank_reference, id, NULL, announced_at
    FROM ted_transfers WHERE payment_id IS NULL AND bank_reference IS NOT NULL
        AND amount_cents IS NOT NULL AND credited_on IS NOT NULL
) AS told;

CREATE FUNCTION ted_credits_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION 'a TED that came in is kept' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF (NEW.credited_on, NEW.amount_cents, NEW.ordinal, NEW.told_at)
            IS DISTINCT FROM (OLD.credited_on, OLD.amount_cents, OLD.ordinal, OLD.told_at)
        OR (OLD.notice_reference IS NOT NULL AND NEW.notice_reference IS DISTINCT FROM OLD.notice_reference)
        OR (OLD.statement_reference IS NOT NULL AND NEW.statement_reference IS DISTINCT FROM OLD.statement_reference)
        OR (OLD.payer_document <> '' AND NEW.payer_document <> OLD.payer_document)
        OR (OLD.payment_id IS NOT NULL AND (NEW.payment_id, NEW.transfer_id)
            IS DISTINCT FROM (OLD.payment_id, OLD.transfer_id))
        OR (OLD.is_same IS NOT NULL AND NEW.is_same IS DISTINCT FROM OLD.is_same)
        OR (OLD.doubts_id IS NOT NULL AND NEW.doubts_id IS DISTINCT FROM OLD.doubts_id) THEN
        RAISE EXCEPTION 'what is known of a TED never changes' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ted_credits_kept BEFORE UPDATE OR DELETE ON ted_credits
    FOR EACH ROW EXECUTE FUNCTION ted_credits_kept();
CREATE TRIGGER ted_credits_no_truncate BEFORE TRUNCATE ON ted_credits
    FOR EACH STATEMENT EXECUTE FUNCTION ted_credits_kept();

-- One key for what a notice, a statement and a person say: no payment by TED without it, so none is booked twice.
CREATE FUNCTION payments_ted_is_known() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM ted_credits WHERE payment_id = NEW.id) THEN
        RAISE EXCEPTION 'a payment by TED is of a TED that came in' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payments_ted_is_known AFTER INSERT ON payments DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.source = 'ted' AND NEW.currency = 'BRL') EXECUTE FUNCTION payments_ted_is_known();

CREATE TABLE bank_statements (
    id BIGSERIAL NOT NULL,
    account_id BIGINT NOT NULL,
    name VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    content BYTEA NOT NULL,
    first_on DATE NOT NULL,
    last_on DATE NOT NULL,
    entries BIGINT NOT NULL,
    debits BIGINT NOT NULL,
    known BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by_id BIGINT NOT NULL,
    CONSTRAINT pk_bank_statements PRIMARY KEY (id),
    CONSTRAINT fk_bank_statements_account_id FOREIGN KEY(account_id) REFERENCES bank_accounts (id),
    CONSTRAINT fk_bank_statements_created_by_id FOREIGN KEY(created_by_id) REFERENCES users (id),
    CONSTRAINT uq_bank_statements_sha256 UNIQUE (sha256),
    CONSTRAINT ck_bank_statements_days_forward CHECK (last_on >= first_on),
    CONSTRAINT ck_bank_statements_counts CHECK (entries >= 0 AND debits >= 0 AND known >= 0)
);
CREATE INDEX ix_bank_statements_created_at ON bank_statements (created_at);

CREATE TABLE statement_lines (
    id BIGSERIAL NOT NULL,
    statement_id BIGINT NOT NULL,
    account_id BIGINT NOT NULL,
    line BIGINT NOT NULL,
    fitid VARCHAR NOT NULL,
    posted_on DATE NOT NULL,
    amount_cents BIGINT NOT NULL,
    text VARCHAR NOT NULL,
    outcome VARCHAR(40) NOT NULL,
    credit_id BIGINT,
    CONSTRAINT pk_statement_lines PRIMARY KEY (id),
    CONSTRAINT fk_statement_lines_statement_id FOREIGN KEY(statement_id) REFERENCES bank_statements (id),
    CONSTRAINT fk_statement_lines_account_id FOREIGN KEY(account_id) REFERENCES bank_accounts (id),
    CONSTRAINT fk_statement_lines_credit_id FOREIGN KEY(credit_id) REFERENCES ted_credits (id),
    CONSTRAINT uq_statement_lines_account_id_fitid UNIQUE (account_id, fitid),
    CONSTRAINT uq_statement_lines_credit_id UNIQUE (credit_id),
    CONSTRAINT ck_statement_lines_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_statement_lines_lineoutcome CHECK (outcome IN
        ('waiting', 'confirmed', 'second', 'another', 'known', 'parked', 'doubt', 'other')),
    CONSTRAINT ck_statement_lines_matched_is_a_ted
        CHECK ((outcome IN ('waiting', 'other')) = (credit_id IS NULL))
);
CREATE INDEX ix_statement_lines_statement_id_outcome ON statement_lines (statement_id, outcome);

CREATE FUNCTION statement_lines_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'UPDATE' OR (NEW.statement_id, NEW.account_id, NEW.line, NEW.fitid, NEW.posted_on, NEW.amount_cents,
            NEW.text) IS DISTINCT FROM (OLD.statement_id, OLD.account_id, OLD.line, OLD.fitid, OLD.posted_on,
            OLD.amount_cents, OLD.text)
        OR (OLD.credit_id IS NOT NULL AND NEW.credit_id IS DISTINCT FROM OLD.credit_id) THEN
        RAISE EXCEPTION 'a line of a statement is kept' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER statement_lines_kept BEFORE UPDATE OR DELETE ON statement_lines
    FOR EACH ROW EXECUTE FUNCTION statement_lines_kept();
CREATE TRIGGER statement_lines_no_truncate BEFORE TRUNCATE ON statement_lines
    FOR EACH STATEMENT EXECUTE FUNCTION statement_lines_kept();
"""

DOWN = """
DROP TABLE statement_lines;
DROP TABLE bank_statements;
DROP FUNCTION statement_lines_kept();
DROP TRIGGER payments_ted_is_known ON payments;
DROP FUNCTION payments_ted_is_known();
DROP TABLE ted_credits;
DROP FUNCTION ted_credits_kept();
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
