"""Debt agreements: overdue invoices joined, paid by an entry and parts, signed; restored when it is broken."""

from alembic import op

revision = "0401"
down_revision = "0361"
branch_labels = None
depends_on = None

# Lists of values, in one place: others extend them too.
ACCOUNTS = (
    "'receivable', 'deferred_revenue', 'cash_card', 'cash_boleto', 'cash_pix', 'cash_ted', 'customer_credit',"
    " 'partner_credit', 'unidentified', 'bank_fees', 'repasse_expense', 'repasse_payable', 'late_charges',"
    " 'differences', 'repasse_paid'"
)
POSTING_KINDS = (
    "'issued', 'voided', 'paid', 'credited', 'credit_note', 'parked', 'resolved', 'fee', 'repasse',"
    " 'late_charges', 'adjusted', 'credit_used', 'repasse_reversed', 'payout', 'payout_undone', 'carried',"
    " 'returned'"
)
RELEASE_REASONS = "'paid', 'canceled', 'ended'"
LISTS = """
ALTER TABLE postings
    DROP CONSTRAINT ck_postings_debit_account,
    DROP CONSTRAINT ck_postings_credit_account,
    DROP CONSTRAINT ck_postings_postingkind,
    ADD CONSTRAINT ck_postings_debit_account CHECK (debit_account IN ({accounts})),
    ADD CONSTRAINT ck_postings_credit_account CHECK (credit_account IN ({accounts})),
    ADD CONSTRAINT ck_postings_postingkind CHECK (kind IN ({kinds}));
ALTER TABLE suspensions
    DROP CONSTRAINT ck_suspensions_releasereason,
    ADD CONSTRAINT ck_suspensions_releasereason CHECK (release_reason IN ({reasons}));
"""

TABLES = """
CREATE TABLE agreements (
    id BIGSERIAL CONSTRAINT pk_agreements PRIMARY KEY,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    state VARCHAR(40) NOT NULL,
    figures_on DATE NOT NULL,
    face_cents BIGINT NOT NULL,
    charges_cents BIGINT NOT NULL,
    discount_cents BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by_id BIGINT CONSTRAINT fk_agreements_made_by_id REFERENCES users (id),
    made_for VARCHAR NOT NULL,
    envelope_id BIGINT,
    signed_at TIMESTAMP WITH TIME ZONE,
    began_at TIMESTAMP WITH TIME ZONE,
    closed_at TIMESTAMP WITH TIME ZONE,
    close_reason VARCHAR NOT NULL,
    closed_by_id BIGINT CONSTRAINT fk_agreements_closed_by_id REFERENCES users (id),
    CONSTRAINT fk_agreements_contract_id_partner_id_customer_id
        FOREIGN KEY (contract_id, partner_id, customer_id)
        REFERENCES contracts (id, partner_id, customer_id),
    CONSTRAINT fk_agreements_envelope_id_partner_id
        FOREIGN KEY (envelope_id, partner_id) REFERENCES envelopes (id, partner_id),
    CONSTRAINT uq_agreements_envelope_id UNIQUE (envelope_id),
    CONSTRAINT uq_agreements_id_contract_id_partner_id_customer_id
        UNIQUE (id, contract_id, partner_id, customer_id),
    CONSTRAINT uq_agreements_id_partner_id_customer_id UNIQUE (id, partner_id, customer_id),
    CONSTRAINT ck_agreements_agreementstate CHECK (state IN (
        'offered', 'awaiting_entry', 'running', 'fulfilled', 'broken', 'withdrawn', 'declined', 'expired')),
    CONSTRAINT ck_agreements_amounts_sane CHECK (
        face_cents > 0 AND charges_cents >= 0 AND discount_cents BETWEEN 0 AND charges_cents),
    CONSTRAINT ck_agreements_by_somebody CHECK ((made_by_id IS NULL) = (made_for <> '')),
    CONSTRAINT ck_agreements_signed_in_time CHECK (
        (state IN ('awaiting_entry', 'running', 'fulfilled', 'broken')) = (signed_at IS NOT NULL)
        AND (state NOT IN ('running', 'fulfilled') OR began_at IS NOT NULL)
        AND (signed_at IS NOT NULL OR began_at IS NULL)
        AND (signed_at IS NULL OR envelope_id IS NOT NULL)),
    CONSTRAINT ck_agreements_closed_for_a_reason CHECK (
        (state IN ('fulfilled', 'broken', 'withdrawn', 'declined', 'expired')) = (closed_at IS NOT NULL)
        AND (closed_at IS NULL) = (close_reason = ''))
);
CREATE UNIQUE INDEX uq_agreements_offered ON agreements (customer_id) WHERE state = 'offered';
CREATE INDEX ix_agreements_customer_id_made_at ON agreements (customer_id, made_at);
CREATE INDEX ix_agreements_partner_id_made_at ON agreements (partner_id, made_at);
CREATE INDEX ix_agreements_state ON agreements (state, id);

CREATE TABLE agreement_debts (
    id BIGSERIAL CONSTRAINT pk_agreement_debts PRIMARY KEY,
    agreement_id BIGINT NOT NULL,
    invoice_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    position BIGINT NOT NULL,
    face_cents BIGINT NOT NULL,
    charges_cents BIGINT NOT NULL,
    is_held BOOLEAN NOT NULL,
    CONSTRAINT fk_agreement_debts_agreement_id_partner_id_customer_id
        FOREIGN KEY (agreement_id, partner_id, customer_id)
        REFERENCES agreements (id, partner_id, customer_id),
    CONSTRAINT fk_agreement_debts_invoice_id_contract_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, contract_id, partner_id, customer_id)
        REFERENCES invoices (id, contract_id, partner_id, customer_id),
    CONSTRAINT uq_agreement_debts_agreement_id_invoice_id UNIQUE (agreement_id, invoice_id),
    CONSTRAINT uq_agreement_debts_agreement_id_position UNIQUE (agreement_id, position),
    CONSTRAINT ck_agreement_debts_amounts_sane CHECK (face_cents > 0 AND charges_cents >= 0 AND position >= 1)
);
CREATE UNIQUE INDEX uq_agreement_debts_held ON agreement_debts (invoice_id) WHERE is_held;
CREATE INDEX ix_agreement_debts_invoice_id ON agreement_debts (invoice_id);
CREATE INDEX ix_agreement_debts_contract_id ON agreement_debts (contract_id);

CREATE TABLE agreement_parts (
    id BIGSERIAL CONSTRAINT pk_agreement_parts PRIMARY KEY,
    agreement_id BIGINT NOT NULL,
    contract_id BIGINT NOT NULL,
    partner_id BIGINT NOT NULL,
    customer_id BIGINT NOT NULL,
    number BIGINT NOT NULL,
    due_on DATE NOT NULL,
    amount_cents BIGINT NOT NULL,
    charges_cents BIGINT NOT NULL,
    invoice_id BIGINT,
    CONSTRAINT fk_agreement_parts_agreement_id_contract_id_partner_id_customer_id
        FOREIGN KEY (agreement_id, contract_id, partner_id, customer_id)
        REFERENCES agreements (id, contract_id, partner_id, customer_id),
    CONSTRAINT fk_agreement_parts_invoice_id_contract_id_partner_id_customer_id
        FOREIGN KEY (invoice_id, contract_id, partner_id, customer_id)
        REFERENCES invoices (id, contract_id, partner_id, customer_id),
    CONSTRAINT uq_agreement_parts_agreement_id_number UNIQUE (agreement_id, number),
    CONSTRAINT uq_agreement_parts_invoice_id UNIQUE (invoice_id),
    CONSTRAINT ck_agreement_parts_amounts_sane CHECK (
        number >= 0 AND amount_cents > 0 AND charges_cents >= 0 AND charges_cents < amount_cents)
);

CREATE TABLE agreement_fills (
    id BIGSERIAL CONSTRAINT pk_agreement_fills PRIMARY KEY,
    debt_id BIGINT NOT NULL CONSTRAINT fk_agreement_fills_debt_id REFERENCES agreement_debts (id),
    part_id BIGINT NOT NULL CONSTRAINT fk_agreement_fills_part_id REFERENCES agreement_parts (id),
    cents BIGINT NOT NULL,
    returned_cents BIGINT NOT NULL,
    paid_at TIMESTAMP WITH TIME ZONE NOT NULL,
    filled_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT ck_agreement_fills_amounts_sane CHECK (cents > 0 AND returned_cents BETWEEN 0 AND cents)
);
CREATE INDEX ix_agreement_fills_debt_id ON agreement_fills (debt_id);
CREATE INDEX ix_agreement_fills_part_id ON agreement_fills (part_id);
"""

GUARDS = """
CREATE FUNCTION agreements_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is kept as it was agreed', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER agreements_no_delete BEFORE DELETE ON agreements
    FOR EACH ROW EXECUTE FUNCTION agreements_kept();
CREATE TRIGGER agreements_frozen BEFORE UPDATE ON agreements FOR EACH ROW
    WHEN ((OLD.partner_id, OLD.customer_id, OLD.contract_id, OLD.figures_on, OLD.face_cents, OLD.charges_cents,
            OLD.discount_cents, OLD.reason, OLD.made_at, OLD.made_by_id, OLD.made_for)
        IS DISTINCT FROM (NEW.partner_id, NEW.customer_id, NEW.contract_id, NEW.figures_on, NEW.face_cents,
            NEW.charges_cents, NEW.discount_cents, NEW.reason, NEW.made_at, NEW.made_by_id, NEW.made_for)
        OR (OLD.envelope_id IS NOT NULL AND NEW.envelope_id IS DISTINCT FROM OLD.envelope_id)
        OR (OLD.signed_at IS NOT NULL AND NEW.signed_at IS DISTINCT FROM OLD.signed_at)
        OR (OLD.state IN ('broken', 'withdrawn', 'declined', 'expired') AND NEW.state <> OLD.state))
    EXECUTE FUNCTION agreements_kept();
CREATE TRIGGER agreement_debts_no_delete BEFORE DELETE ON agreement_debts
    FOR EACH ROW EXECUTE FUNCTION agreements_kept();
CREATE TRIGGER agreement_debts_frozen BEFORE UPDATE ON agreement_debts FOR EACH ROW
    WHEN ((OLD.agreement_id, OLD.invoice_id, OLD.position, OLD.face_cents, OLD.charges_cents)
        IS DISTINCT FROM (NEW.agreement_id, NEW.invoice_id, NEW.position, NEW.face_cents, NEW.charges_cents))
    EXECUTE FUNCTION agreements_kept();
CREATE TRIGGER agreement_parts_no_delete BEFORE DELETE ON agreement_parts
    FOR EACH ROW EXECUTE FUNCTION agreements_kept();
CREATE TRIGGER agreement_parts_frozen BEFORE UPDATE ON agreement_parts FOR EACH ROW
    WHEN ((OLD.agreement_id, OLD.number, OLD.due_on, OLD.amount_cents, OLD.charges_cents)
        IS DISTINCT FROM (NEW.agreement_id, NEW.number, NEW.due_on, NEW.amount_cents, NEW.charges_cents)
        OR OLD.invoice_id IS NOT NULL)
    EXECUTE FUNCTION agreements_kept();
CREATE TRIGGER agreement_fills_no_delete BEFORE DELETE ON agreement_fills
    FOR EACH ROW EXECUTE FUNCTION agreements_kept();
CREATE TRIGGER agreement_fills_frozen BEFORE UPDATE ON agreement_fills FOR EACH ROW
    WHEN ((OLD.debt_id, OLD.part_id, OLD.cents, OLD.paid_at, OLD.filled_at)
        IS DISTINCT FROM (NEW.debt_id, NEW.part_id, NEW.cents, NEW.paid_at, NEW.filled_at)
        OR NEW.returned_cents < OLD.returned_cents)
    EXECUTE FUNCTION agreements_kept();

-- An invoice is in an agreement by a debt of one that holds it, and not held by two.
CREATE FUNCTION invoices_held_by_an_agreement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM agreement_debts WHERE invoice_id = NEW.id AND is_held) THEN
        RAISE EXCEPTION 'no agreement holds this invoice' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoices_held_by_an_agreement BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (NEW.state = 'in_agreement' AND OLD.state <> 'in_agreement')
    EXECUTE FUNCTION invoices_held_by_an_agreement();

DROP TRIGGER invoices_settled ON invoices;
CREATE TRIGGER invoices_settled BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state IN ('paid', 'void')
        AND (OLD.state, OLD.paid_cents, OLD.paid_at, OLD.voided_at, OLD.void_reason)
            IS DISTINCT FROM (NEW.state, NEW.paid_cents, NEW.paid_at, NEW.voided_at, NEW.void_reason)
        AND NOT (OLD.state = 'paid' AND NEW.state IN ('open', 'in_agreement')
            AND NEW.paid_cents < OLD.paid_cents))
    EXECUTE FUNCTION invoices_settled();
"""

DOWN = """
DROP TRIGGER invoices_held_by_an_agreement ON invoices;
DROP FUNCTION invoices_held_by_an_agreement();
DROP TRIGGER invoices_settled ON invoices;
CREATE TRIGGER invoices_settled BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN (OLD.state IN ('paid', 'void')
        AND (OLD.state, OLD.paid_cents, OLD.paid_at, OLD.voided_at, OLD.void_reason)
            IS DISTINCT FROM (NEW.state, NEW.paid_cents, NEW.paid_at, NEW.voided_at, NEW.void_reason)
        AND NOT (OLD.state = 'paid' AND NEW.state = 'open' AND NEW.paid_cents < OLD.paid_cents))
    EXECUTE FUNCTION invoices_settled();
DROP TABLE agreement_fills;
DROP TABLE agreement_parts;
DROP TABLE agreement_debts;
DROP TABLE agreements;
DROP FUNCTION agreements_kept();
"""


def upgrade() -> None:
    op.execute(
        LISTS.format(
            accounts=ACCOUNTS + ", 'agreements'",
            kinds=POSTING_KINDS + ", 'agreed'",
            reasons=RELEASE_REASONS + ", 'agreed'",
        )
    )
    op.execute(TABLES)
    op.execute(GUARDS)


def downgrade() -> None:
    op.execute(DOWN)
    op.execute(LISTS.format(accounts=ACCOUNTS, kinds=POSTING_KINDS, reasons=RELEASE_REASONS))
