"""A month's repasse is closed in lots, paid and carried over; what was given may be taken back."""

from alembic import op

revision = "0180"
down_revision = "0170"
branch_labels = None
depends_on = None

UP = """
ALTER TABLE repasse_accruals
    ADD CONSTRAINT uq_repasse_accruals_id_partner_id UNIQUE (id, partner_id),
    ADD CONSTRAINT uq_repasse_accruals_id_invoice_id_contract_id_partner_i_c4ba
        UNIQUE (id, invoice_id, contract_id, partner_id, customer_id);

ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN (
    'issued', 'voided', 'paid', 'credited', 'parked', 'resolved', 'fee', 'repasse', 'late_charges',
    'adjusted', 'credit_used', 'repasse_reversed', 'payout'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_debit_account;
ALTER TABLE postings ADD CONSTRAINT ck_postings_debit_account CHECK (debit_account IN (
    'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',
    'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',
    'differences', 'repasse_paid'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_credit_account;
ALTER TABLE postings ADD CONSTRAINT ck_postings_credit_account CHECK (credit_account IN (
    'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',
    'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',
    'differences', 'repasse_paid'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_partner_alone_has_credit;
ALTER TABLE postings ADD CONSTRAINT ck_postings_partner_alone_has_credit CHECK (
    customer_id IS NOT NULL OR partner_id IS NULL OR 'partner_credit' IN (debit_account, credit_account)
    OR 'repasse_paid' IN (debit_account, credit_account));

CREATE TABLE repasse_reversals (
    id BIGSERIAL CONSTRAINT pk_repasse_reversals PRIMARY KEY,
    accrual_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    cause VARCHAR(40) NOT NULL,
    cause_key VARCHAR NOT NULL,
    restores_id BIGINT,
    paid_cents BIGINT NOT NULL,
    cost_cents BIGINT NOT NULL,
    central_fee_cents BIGINT NOT NULL,
    vendor_share_cents BIGINT NOT NULL,
    repasse_cents BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    month DATE NOT NULL,
    reversed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    reversed_by_id BIGINT CONSTRAINT fk_repasse_reversals_reversed_by_id REFERENCES users (id),
    CONSTRAINT uq_repasse_reversals_accrual_id_cause_key UNIQUE (accrual_id, cause_key),
    CONSTRAINT uq_repasse_reversals_id_accrual_id UNIQUE (id, accrual_id),
    CONSTRAINT uq_repasse_reversals_id_partner_id UNIQUE (id, partner_id),
    CONSTRAINT uq_repasse_reversals_restores_id UNIQUE (restores_id),
    CONSTRAINT fk_repasse_reversals_accrual_id_invoice_id_contract_id__89cc
        FOREIGN KEY (accrual_id, invoice_id, contract_id, partner_id, customer_id)
        REFERENCES repasse_accruals (id, invoice_id, contract_id, partner_id, customer_id),
    CONSTRAINT fk_repasse_reversals_restores_id_accrual_id FOREIGN KEY (restores_id, accrual_id)
        REFERENCES repasse_reversals (id, accrual_id),
    CONSTRAINT ck_repasse_reversals_reversalcause CHECK (cause IN ('refund', 'dispute', 'restored')),
    CONSTRAINT ck_repasse_reversals_adds_up
        CHECK (paid_cents = cost_cents + central_fee_cents + vendor_share_cents + repasse_cents),
    CONSTRAINT ck_repasse_reversals_takes_back CHECK ((cause = 'restored') = (restores_id IS NOT NULL)
        AND CASE WHEN restores_id IS NULL THEN paid_cents < 0 ELSE paid_cents > 0 END),
    CONSTRAINT ck_repasse_reversals_says_why CHECK (reason <> '' AND cause_key <> ''),
    CONSTRAINT ck_repasse_reversals_of_a_month CHECK (EXTRACT(DAY FROM month) = 1)
);
CREATE INDEX ix_repasse_reversals_partner_id_month ON repasse_reversals (partner_id, month);
CREATE INDEX ix_repasse_reversals_invoice_id ON repasse_reversals (invoice_id);

-- The accruals are locked, so that two who take back at once are counted one after the other.
CREATE FUNCTION repasse_reversals_within() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM repasse_accruals WHERE id IN (SELECT accrual_id FROM written) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT FROM repasse_accruals AS accrual JOIN repasse_reversals AS row ON row.accrual_id = accrual.id
        WHERE accrual.id IN (SELECT accrual_id FROM written)
        GROUP BY accrual.id
        HAVING sum(row.paid_cents) NOT BETWEEN -accrual.paid_cents AND 0
            OR sum(row.cost_cents) NOT BETWEEN -accrual.cost_cents AND 0
            OR sum(row.central_fee_cents) NOT BETWEEN -accrual.central_fee_cents AND 0
            OR sum(row.vendor_share_cents) NOT BETWEEN -accrual.vendor_share_cents AND 0
            OR sum(row.repasse_cents) NOT BETWEEN least(-accrual.repasse_cents, 0) AND greatest(-accrual.repasse_cents, 0)
            OR (sum(row.paid_cents) = -accrual.paid_cents AND sum(row.repasse_cents) <> -accrual.repasse_cents)
    ) THEN
        RAISE EXCEPTION 'more is taken back than accrued' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM written JOIN repasse_reversals AS taken ON taken.id = written.restores_id
        WHERE written.paid_cents <> -taken.paid_cents OR written.repasse_cents <> -taken.repasse_cents
    ) THEN
        RAISE EXCEPTION 'what is given again is what was taken' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER repasse_reversals_within AFTER INSERT ON repasse_reversals
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION repasse_reversals_within();

CREATE TABLE payout_closings (
    id BIGSERIAL CONSTRAINT pk_payout_closings PRIMARY KEY,
    month DATE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_by_id BIGINT NOT NULL CONSTRAINT fk_payout_closings_asked_by_id REFERENCES users (id),
    closed_until_id BIGINT NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT ck_payout_closings_of_a_month CHECK (EXTRACT(DAY FROM month) = 1)
);
CREATE INDEX ix_payout_closings_month ON payout_closings (month);
CREATE UNIQUE INDEX uq_payout_closings_under_way ON payout_closings (month) WHERE done_at IS NULL;

CREATE TABLE payouts (
    id BIGSERIAL CONSTRAINT pk_payouts PRIMARY KEY,
    closing_id BIGINT NOT NULL CONSTRAINT fk_payouts_closing_id REFERENCES payout_closings (id),
    partner_id BIGINT NOT NULL CONSTRAINT fk_payouts_partner_id REFERENCES partners (id),
    month DATE NOT NULL,
    previous_id BIGINT,
    opening_cents BIGINT NOT NULL,
    accrued_cents BIGINT NOT NULL,
    reversed_cents BIGINT NOT NULL,
    total_cents BIGINT NOT NULL,
    line_count BIGINT NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_by_id BIGINT NOT NULL CONSTRAINT fk_payouts_closed_by_id REFERENCES users (id),
    CONSTRAINT uq_payouts_partner_id_month UNIQUE (partner_id, month),
    CONSTRAINT uq_payouts_previous_id UNIQUE (previous_id),
    CONSTRAINT uq_payouts_id_partner_id UNIQUE (id, partner_id),
    CONSTRAINT uq_payouts_id_partner_id_total_cents UNIQUE (id, partner_id, total_cents),
    CONSTRAINT fk_payouts_previous_id_partner_id FOREIGN KEY (previous_id, partner_id)
        REFERENCES payouts (id, partner_id),
    CONSTRAINT ck_payouts_of_a_month CHECK (EXTRACT(DAY FROM month) = 1),
    CONSTRAINT ck_payouts_adds_up CHECK (total_cents = opening_cents + accrued_cents + reversed_cents),
    CONSTRAINT ck_payouts_carries_a_debt
        CHECK (opening_cents <= 0 AND (previous_id IS NULL) = (opening_cents = 0)),
    CONSTRAINT ck_payouts_has_lines CHECK (line_count >= 1)
);
CREATE INDEX ix_payouts_month ON payouts (month);

CREATE TABLE payout_lines (
    id BIGSERIAL CONSTRAINT pk_payout_lines PRIMARY KEY,
    payout_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    kind VARCHAR(40) NOT NULL,
    accrual_id BIGINT,
    reversal_id BIGINT,
    amount_cents BIGINT NOT NULL,
    CONSTRAINT uq_payout_lines_accrual_id UNIQUE (accrual_id),
    CONSTRAINT uq_payout_lines_reversal_id UNIQUE (reversal_id),
    CONSTRAINT fk_payout_lines_payout_id_partner_id FOREIGN KEY (payout_id, partner_id)
        REFERENCES payouts (id, partner_id),
    CONSTRAINT fk_payout_lines_accrual_id_partner_id FOREIGN KEY (accrual_id, partner_id)
        REFERENCES repasse_accruals (id, partner_id),
    CONSTRAINT fk_payout_lines_reversal_id_partner_id FOREIGN KEY (reversal_id, partner_id)
        REFERENCES repasse_reversals (id, partner_id),
    CONSTRAINT ck_payout_lines_linekind CHECK (kind IN ('accrual', 'reversal', 'balance')),
    CONSTRAINT ck_payout_lines_of_one_thing CHECK (
        (kind = 'accrual') = (accrual_id IS NOT NULL) AND (kind = 'reversal') = (reversal_id IS NOT NULL)),
    CONSTRAINT ck_payout_lines_balance_is_a_debt CHECK (kind <> 'balance' OR amount_cents < 0)
);
CREATE UNIQUE INDEX uq_payout_lines_balance ON payout_lines (payout_id) WHERE kind = 'balance';
CREATE INDEX ix_payout_lines_payout_id ON payout_lines (payout_id, id);

CREATE TABLE payout_transfers (
    id BIGSERIAL CONSTRAINT pk_payout_transfers PRIMARY KEY,
    payout_id BIGINT NOT NULL CONSTRAINT uq_payout_transfers_payout_id UNIQUE,
    partner_id BIGINT NOT NULL,
    amount_cents BIGINT NOT NULL,
    paid_on DATE NOT NULL,
    bank VARCHAR NOT NULL,
    branch VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    reference VARCHAR NOT NULL,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by_id BIGINT NOT NULL CONSTRAINT fk_payout_transfers_recorded_by_id REFERENCES users (id),
    CONSTRAINT fk_payout_transfers_payout_id_partner_id_amount_cents FOREIGN KEY (payout_id, partner_id, amount_cents)
        REFERENCES payouts (id, partner_id, total_cents),
    CONSTRAINT ck_payout_transfers_amount_positive CHECK (amount_cents > 0),
    CONSTRAINT ck_payout_transfers_says_where_to
        CHECK (bank <> '' AND branch <> '' AND account <> '' AND reference <> '')
);
CREATE INDEX ix_payout_transfers_partner_id_id ON payout_transfers (partner_id, id);

-- A lot and its lines are written by one statement; both ends are looked at when it ends.
CREATE FUNCTION payouts_add_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM payouts AS lot LEFT JOIN payout_lines AS line ON line.payout_id = lot.id
        WHERE lot.id IN (SELECT CASE WHEN TG_TABLE_NAME = 'payouts' THEN (to_jsonb(written) ->> 'id')::bigint
            ELSE (to_jsonb(written) ->> 'payout_id')::bigint END FROM written)
        GROUP BY lot.id
        HAVING count(line.id) <> lot.line_count
            OR coalesce(sum(line.amount_cents) FILTER (WHERE line.kind = 'balance'), 0) <> lot.opening_cents
            OR coalesce(sum(line.amount_cents) FILTER (WHERE line.kind = 'accrual'), 0) <> lot.accrued_cents
            OR coalesce(sum(line.amount_cents) FILTER (WHERE line.kind = 'reversal'), 0) <> lot.reversed_cents
    ) THEN
        RAISE EXCEPTION 'the lines of a lot do not add up' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payouts_add_up AFTER INSERT ON payouts
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION payouts_add_up();
CREATE TRIGGER payout_lines_add_up AFTER INSERT ON payout_lines
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION payouts_add_up();

CREATE FUNCTION payout_lines_as_they_were() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        LEFT JOIN repasse_accruals AS accrual ON accrual.id = written.accrual_id
        LEFT JOIN repasse_reversals AS reversal ON reversal.id = written.reversal_id
        WHERE written.kind <> 'balance'
            AND written.amount_cents <> coalesce(accrual.repasse_cents, reversal.repasse_cents)
    ) OR EXISTS (
        SELECT FROM written JOIN payouts AS lot ON lot.id = written.payout_id
        JOIN payouts AS before ON before.id = lot.previous_id
        WHERE written.kind = 'balance' AND (written.amount_cents <> before.total_cents OR before.month >= lot.month)
    ) THEN
        RAISE EXCEPTION 'a line is not what it stands for' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER payout_lines_as_they_were AFTER INSERT ON payout_lines
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION payout_lines_as_they_were();

CREATE FUNCTION payouts_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER repasse_reversals_kept BEFORE UPDATE OR DELETE ON repasse_reversals
    FOR EACH ROW EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER repasse_reversals_no_truncate BEFORE TRUNCATE ON repasse_reversals
    FOR EACH STATEMENT EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payouts_kept BEFORE UPDATE OR DELETE ON payouts FOR EACH ROW EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payouts_no_truncate BEFORE TRUNCATE ON payouts
    FOR EACH STATEMENT EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_lines_kept BEFORE UPDATE OR DELETE ON payout_lines
    FOR EACH ROW EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_lines_no_truncate BEFORE TRUNCATE ON payout_lines
    FOR EACH STATEMENT EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_transfers_kept BEFORE UPDATE OR DELETE ON payout_transfers
    FOR EACH ROW EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_transfers_no_truncate BEFORE TRUNCATE ON payout_transfers
    FOR EACH STATEMENT EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_closings_kept BEFORE DELETE ON payout_closings
    FOR EACH ROW EXECUTE FUNCTION payouts_kept();
CREATE TRIGGER payout_closings_frozen BEFORE UPDATE ON payout_closings FOR EACH ROW
    WHEN (OLD.done_at IS NOT NULL OR NEW.closed_until_id < OLD.closed_until_id
        OR (OLD.month, OLD.asked_at, OLD.asked_by_id) IS DISTINCT FROM (NEW.month, NEW.asked_at, NEW.asked_by_id))
    EXECUTE FUNCTION payouts_kept();
"""

DOWN = """
DROP TABLE payout_transfers;
DROP TABLE payout_lines;
DROP TABLE payouts;
DROP TABLE payout_closings;
DROP TABLE repasse_reversals;
DROP FUNCTION payouts_kept();
DROP FUNCTION payout_lines_as_they_were();
DROP FUNCTION payouts_add_up();
DROP FUNCTION repasse_reversals_within();
ALTER TABLE postings DROP CONSTRAINT ck_postings_partner_alone_has_credit;
ALTER TABLE postings ADD CONSTRAINT ck_postings_partner_alone_has_credit CHECK (
    customer_id IS NOT NULL OR partner_id IS NULL OR 'partner_credit' IN (debit_account, credit_account));
ALTER TABLE postings DROP CONSTRAINT ck_postings_credit_account;
ALTER TABLE postings ADD CONSTRAINT ck_postings_credit_account CHECK (credit_account IN (
    'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',
    'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',
    'differences'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_debit_account;
ALTER TABLE postings ADD CONSTRAINT ck_postings_debit_account CHECK (debit_account IN (
    'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',
    'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',
    'differences'));
ALTER TABLE postings DROP CONSTRAINT ck_postings_postingkind;
ALTER TABLE postings ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN (
    'issued', 'voided', 'paid', 'credited', 'parked', 'resolved', 'fee', 'repasse', 'late_charges',
    'adjusted', 'credit_used'));
ALTER TABLE repasse_accruals
    DROP CONSTRAINT uq_repasse_accruals_id_invoice_id_contract_id_partner_i_c4ba,
    DROP CONSTRAINT uq_repasse_accruals_id_partner_id;
"""


def upgrade() -> None:
    op.execute(UP)


def downgrade() -> None:
    op.execute(DOWN)
